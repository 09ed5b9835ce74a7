import Testing

@testable import PostgresClient

@Suite struct BinaryFormatTests {
  @Test func encodesCopyRowsAsTheManualSays() {
    var encoder = BinaryCopyEncoder()
    encoder.beginRow(fields: 3)
    encoder.append(-2 as Int32)
    encoder.append("Zoë")
    encoder.append([1, -0.5] as [Float])
    encoder.end()

    var expected: [UInt8] = [0x50, 0x47, 0x43, 0x4F, 0x50, 0x59, 0x0A, 0xFF, 0x0D, 0x0A, 0x00]
    expected += [0, 0, 0, 0, 0, 0, 0, 0]  // flags, length of the header's extension
    expected += [0, 3]
    expected += [0, 0, 0, 4, 0xFF, 0xFF, 0xFF, 0xFE]
    expected += [0, 0, 0, 4, 0x5A, 0x6F, 0xC3, 0xAB]
    expected += [0, 0, 0, 36]
    expected += [0, 0, 0, 1, 0, 0, 0, 0, 0, 0, 0x02, 0xBC]  // dimensions, no NULLs, float4
    expected += [0, 0, 0, 2, 0, 0, 0, 1]  // length, lower bound
    expected += [0, 0, 0, 4, 0x3F, 0x80, 0, 0]
    expected += [0, 0, 0, 4, 0xBF, 0x00, 0, 0]
    expected += [0xFF, 0xFF]
    #expect(encoder.bytes == expected)
  }

  @Test func encodesAnEmptyArrayWithoutDimensions() {
    var encoder = BinaryCopyEncoder()
    encoder.removeBytes()
    encoder.append([] as [Float])
    #expect(encoder.bytes == [0, 0, 0, 12, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0x02, 0xBC])
  }

  @Test func handsParametersToLibPQ() {
    let parameters = [Parameter.text("Ä"), .integer(258), .text("")]
    parameters.withLibPQArrays { types, values, lengths, formats in
      #expect(types == [0, TypeOID.int4, 0])
      #expect(lengths == [2, 4, 0])
      #expect(formats == [0, 1, 0])
      #expect(values[0].map { String(cString: $0) } == "Ä")
      #expect(
        values[1].map { UnsafeRawBufferPointer(start: $0, count: 4).elementsEqual([0, 0, 1, 2]) }
          == true)
      #expect(values[2].map { String(cString: $0) } == "")
    }
  }

  private func decode<T: PostgresDecodable>(_ bytes: [UInt8], _ type: UInt32, as: T.Type) -> T? {
    bytes.withUnsafeBytes { T(postgresBinary: $0, type: type) }
  }

  @Test func decodesBinaryValuesByTheirType() {
    #expect(decode([0xFF, 0xFE], TypeOID.int2, as: Int.self) == -2)
    #expect(decode([0, 0, 1, 2], TypeOID.int4, as: Int.self) == 258)
    #expect(decode([0, 0, 0, 0, 0, 0, 1, 0], TypeOID.int8, as: Int.self) == 256)
    #expect(decode([0x3F, 0x80, 0, 0], TypeOID.float4, as: Double.self) == 1)
    #expect(decode([0xC0, 0, 0, 0, 0, 0, 0, 0], TypeOID.float8, as: Double.self) == -2)
    #expect(decode([0, 0, 0, 7], TypeOID.int4, as: Double.self) == 7)
    #expect(decode([1], TypeOID.bool, as: Bool.self) == true)
    #expect(decode(Array("Zoë".utf8), TypeOID.text, as: String.self) == "Zoë")
  }

  @Test func refusesValuesOfAnotherTypeOrLength() {
    #expect(decode([0, 0, 1], TypeOID.int4, as: Int.self) == nil)
    #expect(decode([0, 0, 1, 2], TypeOID.float4, as: Int.self) == nil)
    #expect(decode([0, 0, 1, 2], TypeOID.int4, as: String.self) == nil)
    #expect(decode([], TypeOID.bool, as: Bool.self) == nil)
    #expect(Int(postgresText: "1.5") == nil)
    #expect(Bool(postgresText: "yes") == nil)
  }

  @Test func putsAnErrorOnOneLine() {
    let error = PostgresError(
      "no such\n\tthing", sqlState: "42P01", detail: "It went.", hint: "Look elsewhere.")
    #expect(error.description == "no such thing (It went.; hint: Look elsewhere.)")
    #expect(PostgresError("plain").description == "plain")
  }

  @Test func saysWhyItCannotConnect() {
    let error = #expect(throws: PostgresError.self) {
      try Connection("host=/nonexistent dbname=none connect_timeout=2")
    }
    #expect(error?.sqlState == nil)
    #expect(error?.description.contains("/nonexistent") == true)
    #expect(error?.description.contains("\n") == false)
  }
}
