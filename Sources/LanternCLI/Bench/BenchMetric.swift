import ArgumentParser
import CKernels

/// The distance that a measurement searches by.
enum BenchMetric: String, CaseIterable, Encodable, ExpressibleByArgument {
  /// The squared Euclidean distance.
  case l2sq
  /// One minus the cosine of the angle.
  case cosine

  /// The operator of both extensions.
  var operatorName: String { self == .l2sq ? "<->" : "<=>" }

  /// For people.
  var title: String { self == .l2sq ? "Euclidean distance" : "cosine distance" }

  /// The distance between two vectors, the same for every index that is measured, whatever its own
  /// operator computes; as the extension's, a vector of length 0 is at 1 from others.
  func distance(_ a: ArraySlice<Float>, _ b: ArraySlice<Float>) -> Double {
    a.withUnsafeBufferPointer { a in
      b.withUnsafeBufferPointer { b in
        switch self {
        case .l2sq: return Double(lantern_l2sq_f32(a.baseAddress, b.baseAddress, Int32(a.count)))
        case .cosine:
          let products = lantern_products(a.baseAddress, b.baseAddress, Int32(a.count))
          let lengths = (products.aa * products.bb).squareRoot()
          return lengths > 0 ? 1 - products.ab / lengths : products.aa == products.bb ? 0 : 1
        }
      }
    }
  }
}
