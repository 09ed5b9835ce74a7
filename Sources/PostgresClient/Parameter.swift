/// One value for a `$n` of a statement, in text or in its type's binary format.
public struct Parameter: Sendable {
  /// The type's OID; 0 leaves it to the server.
  var type: UInt32
  var isBinary: Bool
  var bytes: [UInt8]

  /// A value in its text form, of a type that the server infers.
  public static func text(_ value: String) -> Parameter {
    Parameter(type: 0, isBinary: false, bytes: Array(value.utf8))
  }

  /// A value in the binary form of the type with this OID, such as `Row.bytes` returned it.
  public static func binary(_ bytes: [UInt8], type: UInt32) -> Parameter {
    Parameter(type: type, isBinary: true, bytes: bytes)
  }

  /// An `integer`.
  public static func integer(_ value: Int32) -> Parameter {
    var bytes: [UInt8] = []
    bytes.append(bigEndian: value)
    return .binary(bytes, type: TypeOID.int4)
  }

  /// A `real[]`.
  public static func realArray(_ values: [Float]) -> Parameter {
    var bytes: [UInt8] = []
    bytes.append(realArray: values)
    return .binary(bytes, type: TypeOID.float4Array)
  }
}

extension [Parameter] {
  /// Calls `body` with the arrays that `PQexecParams` and `PQexecPrepared` take.
  func withLibPQArrays<Result>(
    _ body: (
      _ types: [UInt32], _ values: [UnsafePointer<CChar>?], _ lengths: [Int32], _ formats: [Int32]
    ) -> Result
  ) -> Result {
    // Every value goes into one buffer, a NUL after each: libpq finds the end of a text by it.
    var buffer: [UInt8] = []
    buffer.reserveCapacity(reduce(0) { $0 + $1.bytes.count + 1 })
    var offsets: [Int] = []
    for parameter in self {
      offsets.append(buffer.count)
      buffer += parameter.bytes
      buffer.append(0)
    }
    return buffer.withUnsafeBytes { bytes in
      // SAFETY: the pointers live as long as the buffer, which outlives the call of `body`.
      let text = bytes.assumingMemoryBound(to: CChar.self)
      return body(
        map(\.type), offsets.map { offset in text.baseAddress.map { $0 + offset } },
        map { Int32($0.bytes.count) }, map { $0.isBinary ? 1 : 0 })
    }
  }
}
