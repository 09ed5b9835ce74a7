import Vectors

/// A vector and what an index stores of it.
struct StoredVector {
  /// As the metric prepares it.
  let vector: [Float]
  let format: VectorFormat
  let codes: [UInt64]  // aligned for any width
  let code: VectorCode
  let decoded: [Float]

  init(_ x: [Float], _ width: CodeWidth, metric: Metric = .l2sq) {
    let format = VectorFormat(metric: metric, dimensions: x.count, width: width)
    let vector = metric.prepared(x)
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

  /// The code with the residual as a page keeps it.
  var codeOnPage: VectorCode {
    VectorCode(
      scale: code.scale, offset: code.offset,
      residual: residualFromBFloat16(roundedUpBFloat16(code.residual)))
  }

  /// The true distance between the vector and what is stored.
  var trueResidual: Double {
    referenceSquaredDistance(vector, decoded, vector.count).squareRoot()
  }

  func squaredDistance(from query: [Float]) -> Float {
    codes.withUnsafeBytes { format.distance(from: query, to: $0.baseAddress!, code) }
  }
}

let widths: [CodeWidth] = [.eight, .sixteen, .thirtyTwo]

extension Metric {
  /// What distances are measured from.
  func prepared(_ x: [Float]) -> [Float] {
    var room = [Float](repeating: .nan, count: x.count)
    return room.withUnsafeMutableBytes { room in
      x.withUnsafeBytes { x in
        let prepared = prepare(x.baseAddress!, x.count / 4, into: room.baseAddress!)
        return Array(
          UnsafeRawBufferPointer(start: prepared, count: x.count).bindMemory(to: Float.self))
      }
    }
  }
}
