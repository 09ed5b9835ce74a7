import CKernels

/// What "near" means to an index: everything in which one metric differs from another.
///
/// The graph knows one kind of distance, that of stored vectors; a metric says what is stored of a
/// vector (`prepare`), and how the distances that SQL computes follow from the stored ones
/// (`bounds`). Its number is in the meta page, and must never change its meaning.
public enum Metric: UInt8, Sendable {
  /// The squared Euclidean distance, the operator `<->`: vectors are stored as they are.
  case l2sq = 1
  /// One minus the cosine of the angle, the operator `<=>`: half the squared Euclidean distance of
  /// vectors of length 1, which is how they are stored.
  case cosine = 2
  /// The number of differing bits, the operator `<+>`: words of 32 bits are stored as they are.
  case hamming = 3

  /// Whether components are words of bits, and not floats.
  @inlinable @inline(__always)
  public var isOfBits: Bool { self == .hamming }

  /// The vector that is stored of `x` (`d` components), and that distances are measured from: `x`
  /// itself, or what is written to `room` (`d` components).
  ///
  /// The vector of length 0 has no direction, and stays as it is.
  public func prepare(
    _ x: UnsafeRawPointer, _ d: Int, into room: UnsafeMutableRawPointer
  ) -> UnsafeRawPointer {
    switch self {
    case .l2sq, .hamming:
      return unsafe x
    case .cosine:
      // SAFETY: The caller promises `d` floats and room for as many.
      unsafe normalize(
        x.assumingMemoryBound(to: Float.self), d, into: room.assumingMemoryBound(to: Float.self))
      return UnsafeRawPointer(room)
    }
  }

  /// An upper bound of the Euclidean distance between what `prepare` returns and what it would
  /// without rounding.
  ///
  /// For a vector of length 1 that is 2^-24, a rounding to float of each component, and much less
  /// for the length, which is computed in Double.
  var preparationError: Float { self == .cosine ? 0x1p-23 : 0 }

  /// The distances that a SQL function can compute from a query to a vector, given the distance
  /// between what is stored of both and the vector's residual.
  func bounds(
    stored: Float, residual: Float, dimensions: Int, function: DistanceFunction
  ) -> DistanceBounds {
    switch self {
    case .hamming:
      return DistanceBounds(lower: stored, upper: stored)
    case .l2sq:
      return squaredDistanceBounds(
        stored: stored, residual: residual, dimensions: dimensions, function: function)
    case .cosine:
      return cosineBounds(
        of: squaredDistanceBounds(
          stored: stored, residual: (residual + 2 * preparationError).nextUp,
          dimensions: dimensions, function: .lantern),
        dimensions: dimensions, function: function)
    }
  }
}

/// Whose SQL function computes the distances that a scan's order follows.
public enum DistanceFunction: UInt8, Sendable {
  /// Ours: by the kernels, a cosine in Double.
  case lantern
  /// pgvector's, of its type `vector`: sums of floats in any order; the Euclidean distance is not
  /// squared.
  case pgvector
}

/// Divides `x` (`d` floats) by its length; the vector of length 0 is copied.
private func normalize(
  _ x: UnsafePointer<Float>, _ d: Int, into room: UnsafeMutablePointer<Float>
) {
  // SAFETY: The caller promises `d` floats and room for as many. No sum of squares of floats
  // leaves the range of Double.
  let length = unsafe lantern_square_root(lantern_products(x, x, Int32(truncatingIfNeeded: d)).aa)
  let divisor = length > 0 ? length : 1
  for i in 0..<d {
    unsafe room[i] = Float(Double(x[i]) / divisor)
  }
}

/// The cosine distances for an interval of squared distances between vectors of length 1: their
/// half, and the rounding of the function, below `(d + 8) * 2^-52` in Double; pgvector's sums of
/// floats are off by 2^-24 where ours are by 2^-53.
private func cosineBounds(
  of squared: DistanceBounds, dimensions: Int, function: DistanceFunction
) -> DistanceBounds {
  let error = Double(dimensions &+ 8) * (function == .lantern ? 0x1p-52 : 0x1p-22)
  return DistanceBounds(
    lower: roundedDown(max(0, Double(squared.lower) / 2 - error)),
    upper: roundedUp(min(2, Double(squared.upper) / 2 + error)))
}

/// The position, from 0, of the first component of `x` (`d` floats) that is NaN or infinite and so
/// has no place in an order of distances, or nil.
@inlinable
public func firstNonFinite(_ x: UnsafePointer<Float>, _ d: Int) -> Int? {
  // SAFETY: The caller promises `d` floats.
  for i in 0..<d where unsafe !x[i].isFinite {
    return i
  }
  return nil
}

/// Whether all bits of `x` (`d` components) but the signs of floats are 0.
@inlinable
public func isZero(_ x: UnsafeRawPointer, _ d: Int) -> Bool {
  // SAFETY: The caller promises `d` components of four bytes.
  var bits: UInt32 = 0
  for i in 0..<d {
    unsafe bits |= x.load(fromByteOffset: 4 &* i, as: UInt32.self)
  }
  return bits &<< 1 == 0
}
