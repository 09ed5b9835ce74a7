/// Vectors of equal length, one after the other in memory.
struct VectorSet: Equatable, Sendable {
  /// Components of each vector; at least 1.
  var dimensions: Int
  /// `count * dimensions` components, every one of them finite.
  var values: [Float]

  /// How many vectors there are.
  var count: Int { values.count / dimensions }

  /// The numbers of the vectors.
  var indices: Range<Int> { 0..<count }

  /// The components of one vector, from 0.
  subscript(row: Int) -> ArraySlice<Float> {
    values[row * dimensions..<(row + 1) * dimensions]
  }

  /// Identifies the contents: the 64-bit FNV-1a hash, of 32-bit words instead of bytes, in
  /// hexadecimal digits.
  var checksum: String {
    let hash = values.reduce(0xCBF2_9CE4_8422_2325 as UInt64) {
      ($0 ^ UInt64($1.bitPattern)) &* 0x100_0000_01B3
    }
    return String(hash, radix: 16)
  }

  /// Takes out every so-manyth vector: a tenth of all, and at most `limit`, evenly spread.
  ///
  /// There must be at least two vectors.
  mutating func holdOut(atMost limit: Int) -> VectorSet {
    let count = count
    let held = max(1, min(limit, count / 10))
    let rows = Set((0..<held).map { $0 * count / held })
    let all = self
    func pick(_ isHeld: Bool) -> [Float] {
      (0..<count).filter { rows.contains($0) == isHeld }.flatMap { all[$0] }
    }
    values = pick(false)
    return VectorSet(dimensions: dimensions, values: pick(true))
  }
}
