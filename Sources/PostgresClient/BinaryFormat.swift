/// Object identifiers of the built-in types that this module encodes, from `pg_type.dat`.
enum TypeOID {
  static let bool: UInt32 = 16
  static let int8: UInt32 = 20
  static let int2: UInt32 = 21
  static let int4: UInt32 = 23
  static let text: UInt32 = 25
  static let oid: UInt32 = 26
  static let float4: UInt32 = 700
  static let float8: UInt32 = 701
  static let float4Array: UInt32 = 1021
}

// PostgreSQL's binary formats are its types' send and receive functions: network byte order
// throughout.
extension [UInt8] {
  mutating func append(bigEndian value: some FixedWidthInteger) {
    Swift.withUnsafeBytes(of: value.bigEndian) { append(contentsOf: $0) }
  }

  /// Appends what `array_recv` reads for a one-dimensional `real[]` without NULLs; an empty array
  /// has no dimensions.
  mutating func append(realArray values: [Float]) {
    append(bigEndian: Int32(values.isEmpty ? 0 : 1))
    append(bigEndian: Int32(0))  // no NULLs
    append(bigEndian: TypeOID.float4)
    if values.isEmpty { return }
    append(bigEndian: Int32(values.count))
    append(bigEndian: Int32(1))  // lower bound
    reserveCapacity(count + 8 * values.count)
    for value in values {
      append(bigEndian: Int32(4))
      append(bigEndian: value.bitPattern)
    }
  }
}

/// The bytes in the size of an encoded `real[]` of `count` elements.
func realArraySize(_ count: Int) -> Int {
  count == 0 ? 12 : 20 + 8 * count
}

extension UnsafeRawBufferPointer {
  /// The integer in network order at `offset`, or nil where it would pass the end.
  func bigEndian<T: FixedWidthInteger>(at offset: Int, as type: T.Type) -> T? {
    guard offset >= 0, offset <= count - MemoryLayout<T>.size else { return nil }
    return T(bigEndian: loadUnaligned(fromByteOffset: offset, as: T.self))
  }
}
