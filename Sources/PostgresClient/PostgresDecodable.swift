/// A Swift type that a column's value can be read as, from its text or its binary format.
public protocol PostgresDecodable {
  /// Reads a value in text format; nil where it is not one of this type.
  init?(postgresText text: String)

  /// Reads a value in the binary format of the type with this OID; nil where it is not one of this
  /// type.
  init?(postgresBinary bytes: UnsafeRawBufferPointer, type: UInt32)
}

extension String: PostgresDecodable {
  public init?(postgresText text: String) { self = text }

  public init?(postgresBinary bytes: UnsafeRawBufferPointer, type: UInt32) {
    // The text types send their characters as they are; any other type's binary form is no text.
    guard [TypeOID.text, 19, 114, 1042, 1043].contains(type) else { return nil }
    self = String(decoding: bytes, as: UTF8.self)
  }
}

extension Int: PostgresDecodable {
  public init?(postgresText text: String) { self.init(text) }

  public init?(postgresBinary bytes: UnsafeRawBufferPointer, type: UInt32) {
    switch type {
    case TypeOID.int2: self.init(bytes.bigEndian(at: 0, as: Int16.self))
    case TypeOID.int4: self.init(bytes.bigEndian(at: 0, as: Int32.self))
    case TypeOID.int8: self.init(bytes.bigEndian(at: 0, as: Int64.self))
    case TypeOID.oid: self.init(bytes.bigEndian(at: 0, as: UInt32.self))
    default: return nil
    }
  }

  private init?(_ value: (some FixedWidthInteger)?) {
    guard let value else { return nil }
    self.init(exactly: value)
  }
}

extension Double: PostgresDecodable {
  public init?(postgresText text: String) { self.init(text) }

  public init?(postgresBinary bytes: UnsafeRawBufferPointer, type: UInt32) {
    switch type {
    case TypeOID.float4:
      guard let bits = bytes.bigEndian(at: 0, as: UInt32.self) else { return nil }
      self = Double(Float(bitPattern: bits))
    case TypeOID.float8:
      guard let bits = bytes.bigEndian(at: 0, as: UInt64.self) else { return nil }
      self.init(bitPattern: bits)
    default:
      // An integer is a number too: hamming_dist returns one.
      guard let value = Int(postgresBinary: bytes, type: type) else { return nil }
      self.init(value)
    }
  }
}

extension Bool: PostgresDecodable {
  public init?(postgresText text: String) {
    guard text == "t" || text == "f" else { return nil }
    self = text == "t"
  }

  public init?(postgresBinary bytes: UnsafeRawBufferPointer, type: UInt32) {
    guard type == TypeOID.bool, bytes.count == 1 else { return nil }
    self = bytes[0] != 0
  }
}
