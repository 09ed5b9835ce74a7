/// A whole number with a comma between its thousands.
func grouped(_ number: Int) -> String {
  let digits = Array(String(number.magnitude))
  let groups = digits.indices.reduce(into: "") { text, index in
    if index > 0 && (digits.count - index) % 3 == 0 { text.append(",") }
    text.append(digits[index])
  }
  return number < 0 ? "-" + groups : groups
}

/// A number rounded to so many decimal places, as C's `%.*f` writes it.
func fixed(_ number: Double, _ places: Int) -> String {
  guard number.isFinite, number.magnitude < 1e15 else { return "\(number)" }
  let scale = (0..<places).reduce(1.0) { power, _ in power * 10 }
  let scaled = (number.magnitude * scale).rounded()
  guard scaled < 0x1p63 else { return "\(number)" }
  let digits = String(Int(scaled))
  let padded = String(repeating: "0", count: max(0, places + 1 - digits.count)) + digits
  let sign = number < 0 && scaled > 0 ? "-" : ""
  return sign + padded.dropLast(places) + (places > 0 ? "." + padded.suffix(places) : "")
}

/// A size in the unit that leaves one to four digits before the point.
func byteSize(_ bytes: Int) -> String {
  switch bytes {
  case ..<10_240: "\(bytes) bytes"
  case ..<10_485_760: "\(grouped((bytes + 512) / 1_024)) kB"
  default: "\(fixed(Double(bytes) / 1_048_576, 1)) MB"
  }
}

/// The duration in seconds.
func seconds(_ duration: Duration) -> Double {
  Double(duration.components.seconds) + Double(duration.components.attoseconds) * 1e-18
}

/// Prints a value as JSON on the standard output, keys in snake case and in alphabetical order.
func printJSON(_ value: some Encodable) throws {
  let encoder = JSONEncoder()
  encoder.outputFormatting = [.prettyPrinted, .sortedKeys, .withoutEscapingSlashes]
  encoder.keyEncodingStrategy = .convertToSnakeCase
  print(String(decoding: try encoder.encode(value), as: UTF8.self))
}
