import CLibPQ

/// Builds the byte stream of `COPY ... (FORMAT binary)`: header, rows of length-prefixed fields,
/// trailer.
///
/// The format is PostgreSQL's manual, COPY, "Binary Format". The caller appends exactly as many
/// values after `beginRow` as it announced.
public struct BinaryCopyEncoder {
  /// What has been encoded since the last `removeBytes`.
  public private(set) var bytes: [UInt8]

  /// Starts a stream: signature, flags, and an empty header extension.
  public init() {
    bytes = Array("PGCOPY\n".utf8) + [0xFF, 0x0D, 0x0A, 0x00]
    bytes.append(bigEndian: Int32(0))
    bytes.append(bigEndian: Int32(0))
  }

  /// Starts a row of so many fields.
  public mutating func beginRow(fields: Int16) { bytes.append(bigEndian: fields) }

  /// Appends an `integer`.
  public mutating func append(_ value: Int32) {
    bytes.append(bigEndian: Int32(4))
    bytes.append(bigEndian: value)
  }

  /// Appends a `text`.
  public mutating func append(_ value: String) {
    bytes.append(bigEndian: Int32(value.utf8.count))
    bytes.append(contentsOf: value.utf8)
  }

  /// Appends a `real[]`.
  public mutating func append(_ values: [Float]) {
    bytes.append(bigEndian: Int32(realArraySize(values.count)))
    bytes.append(realArray: values)
  }

  /// Appends a value of any type, which the caller has in the type's binary format.
  public mutating func append(raw value: [UInt8]) {
    bytes.append(bigEndian: Int32(value.count))
    bytes.append(contentsOf: value)
  }

  /// Ends the stream.
  public mutating func end() { bytes.append(bigEndian: Int16(-1)) }

  /// Takes out what has been encoded so far, to be sent.
  public mutating func removeBytes() { bytes.removeAll(keepingCapacity: true) }
}

extension Connection {
  /// Sends `count` rows by a `COPY ... FROM STDIN (FORMAT binary)`; returns how many the server
  /// took.
  ///
  /// `encode` is called with the number of each row, from 0. If it throws, the COPY fails and
  /// nothing of it stays.
  public func copyIn(
    _ sql: String, rows count: Int, encode: (Int, inout BinaryCopyEncoder) throws -> Void
  ) throws -> Int {
    guard PQresultStatus(try query(sql).result) == PGRES_COPY_IN else {
      throw PostgresError("not a COPY FROM STDIN: \(sql)")
    }
    do {
      var encoder = BinaryCopyEncoder()
      for row in 0..<count {
        try encode(row, &encoder)
        if encoder.bytes.count >= 1 << 16 { try send(&encoder) }
      }
      encoder.end()
      try send(&encoder)
    } catch {
      PQputCopyEnd(handle, "cancelled by the client")
      _ = try? lastResult()
      throw error
    }
    guard PQputCopyEnd(handle, nil) == 1 else { throw PostgresError(connection: handle) }
    return try lastResult().affectedRows
  }

  private func send(_ encoder: inout BinaryCopyEncoder) throws(PostgresError) {
    let status = encoder.bytes.withUnsafeBytes { bytes in
      PQputCopyData(
        handle, bytes.baseAddress?.assumingMemoryBound(to: CChar.self), Int32(bytes.count))
    }
    guard status == 1 else { throw PostgresError(connection: handle) }
    encoder.removeBytes()
  }
}
