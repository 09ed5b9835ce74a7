import MovieLens

/// A file of vectors as the field's data sets come: `.fvecs`, `.bvecs` or `.ivecs`.
///
/// Per row a little-endian int32, the number of components, and then the components; the format is
/// that of http://corpus-texmex.irisa.fr. Here, every row has equally many.
struct VecsFile {
  /// What a component is; the raw value is the file's extension.
  enum Component: String {
    /// A float of 32 bits.
    case fvecs
    /// A byte without a sign.
    case bvecs
    /// An integer of 32 bits.
    case ivecs

    var size: Int { self == .bvecs ? 1 : 4 }
  }

  private let bytes: Data
  private let component: Component
  private let name: String

  /// Components of each row; at least 1.
  let dimensions: Int
  /// Rows, at least 1: those of the file, or as many as were asked for.
  let count: Int

  /// Looks over the bytes of a file, `name` in errors; more than `limit` rows are left alone.
  init(
    _ bytes: Data, component: Component, name: String, limit: Int? = nil
  ) throws(MalformedFile) {
    self.bytes = bytes
    self.component = component
    self.name = name
    guard !bytes.isEmpty else {
      throw MalformedFile(file: name, message: "there is no vector in it")
    }
    let length = bytes.integer(at: 0)
    guard let length, (1...Self.mostDimensions).contains(length) else {
      throw MalformedFile(
        file: name,
        message: "row 1, at byte 0: expected a number of components from 1 to "
          + "\(grouped(Self.mostDimensions)), found \(length.map(String.init) ?? "the file's end")")
    }
    dimensions = length
    let rowSize = 4 + length * component.size
    count = min(limit ?? .max, (bytes.count + rowSize - 1) / rowSize)
    for row in 0..<count { try check(row: row, size: rowSize) }
  }

  /// A number of components beyond this is no vector but another kind of file.
  private static let mostDimensions = 1_000_000

  private func check(row: Int, size: Int) throws(MalformedFile) {
    let start = row * size
    if let found = bytes.integer(at: start), found != dimensions {
      throw malformed(
        row, start, "expected \(dimensions) components as in row 1, found \(found)")
    }
    guard start + size <= bytes.count else {
      throw malformed(
        row, start, "expected \(size) bytes, found \(bytes.count - start) to the file's end")
    }
  }

  private func malformed(_ row: Int, _ byte: Int, _ message: String) -> MalformedFile {
    MalformedFile(file: name, message: "row \(row + 1), at byte \(byte): \(message)")
  }

  private func position(_ row: Int, _ index: Int) -> Int {
    row * (4 + dimensions * component.size) + 4 + index * component.size
  }

  /// All rows as floats. A component that is not finite is an error, as is an integer that no float
  /// equals.
  func vectors() throws(MalformedFile) -> VectorSet {
    var values: [Float] = []
    values.reserveCapacity(count * dimensions)
    for row in 0..<count {
      for index in 0..<dimensions {
        let place = position(row, index)
        guard let value = value(at: place) else {
          throw malformed(
            row, place, "component \(index + 1) is not a finite number that real holds exactly")
        }
        values.append(value)
      }
    }
    return VectorSet(dimensions: dimensions, values: values)
  }

  private func value(at place: Int) -> Float? {
    switch component {
    case .bvecs: return Float(bytes[bytes.startIndex + place])
    case .ivecs: return bytes.integer(at: place).flatMap { Float(exactly: $0) }
    case .fvecs:
      let value = bytes.integer(at: place).map { Float(bitPattern: UInt32(truncatingIfNeeded: $0)) }
      return value?.isFinite == true ? value : nil
    }
  }

  /// The rows of an `.ivecs` file as numbers of rows of another file, each below `bound`.
  func rowNumbers(below bound: Int) throws(MalformedFile) -> [[Int]] {
    var rows: [[Int]] = []
    for row in 0..<count {
      var numbers: [Int] = []
      for index in 0..<dimensions {
        let place = position(row, index)
        guard let number = bytes.integer(at: place), (0..<bound).contains(number) else {
          throw malformed(
            row, place,
            "expected a row of the base, from 0 to \(bound - 1), found "
              + (bytes.integer(at: place).map(String.init) ?? "nothing"))
        }
        numbers.append(number)
      }
      rows.append(numbers)
    }
    return rows
  }
}

extension Data {
  /// The little-endian int32 at an offset from the start, nil where it would pass the end.
  fileprivate func integer(at offset: Int) -> Int? {
    guard offset + 4 <= count else { return nil }
    return withUnsafeBytes {
      Int(Int32(littleEndian: $0.loadUnaligned(fromByteOffset: offset, as: Int32.self)))
    }
  }
}
