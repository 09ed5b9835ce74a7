import Vectors

/// A vector and what an index stores of it.
struct StoredVector {
  let vector: [Float]
  let format: VectorFormat
  let codes: [UInt64]  // aligned for any width
  let code: VectorCode
  let decoded: [Float]

  init(_ vector: [Float], _ width: CodeWidth) {
    let format = VectorFormat(dimensions: vector.count, width: width)
    var codes = [UInt64](repeating: 0xa5a5_a5a5_a5a5_a5a5, count: format.byteCount / 8 + 2)
    let code = codes.withUnsafeMutableBytes { format.encode(vector, into: $0.baseAddress!) }
    codes.withUnsafeBytes {
      precondition($0[format.byteCount...].allSatisfy { $0 == 0xa5 }, "encoded too much")
    }
    decoded = [Float](unsafeUninitializedCapacity: vector.count) { floats, count in
      codes.withUnsafeBytes { format.decode($0.baseAddress!, code, into: floats.baseAddress!) }
      count = vector.count
    }
    self.vector = vector
    self.format = format
    self.codes = codes
    self.code = code
  }

  /// The true distance between the vector and what is stored.
  var trueResidual: Double {
    referenceSquaredDistance(vector, decoded, vector.count).squareRoot()
  }

  func squaredDistance(from query: [Float]) -> Float {
    codes.withUnsafeBytes { format.squaredDistance(from: query, to: $0.baseAddress!, code) }
  }
}

let widths: [CodeWidth] = [.eight, .sixteen, .thirtyTwo]
