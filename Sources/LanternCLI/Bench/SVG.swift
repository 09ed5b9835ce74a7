/// A drawing in SVG, written element by element; coordinates are in pixels from the top left.
struct SVG {
  enum Anchor: String { case start, middle, end }

  private var body: [String] = []
  private let width: Int
  private let height: Int

  /// An empty drawing on white; the title is for those who cannot see it.
  init(width: Int, height: Int, title: String) {
    self.width = width
    self.height = height
    body.append("<title>\(Self.escape(title))</title>")
    body.append("<rect width=\"\(width)\" height=\"\(height)\" fill=\"#ffffff\"/>")
  }

  /// The whole file.
  var text: String {
    let start = """
      <?xml version="1.0" encoding="UTF-8"?>
      <svg xmlns="http://www.w3.org/2000/svg" width="\(width)" height="\(height)" \
      viewBox="0 0 \(width) \(height)" \
      font-family="Helvetica Neue, Helvetica, Arial, DejaVu Sans, sans-serif">
      """
    return ([start] + body + ["</svg>", ""]).joined(separator: "\n")
  }

  mutating func line(
    from a: (x: Double, y: Double), to b: (x: Double, y: Double), colour: String,
    width: Double = 1, opacity: Double = 1, dashes: String? = nil
  ) {
    let opacity = opacity < 1 ? " stroke-opacity=\"\(number(opacity))\"" : ""
    let dashes = dashes.map { " stroke-dasharray=\"\($0)\"" } ?? ""
    body.append(
      "<line x1=\"\(number(a.x))\" y1=\"\(number(a.y))\" x2=\"\(number(b.x))\" "
        + "y2=\"\(number(b.y))\" stroke=\"\(colour)\" stroke-width=\"\(number(width))\"\(opacity)\(dashes)/>"
    )
  }

  mutating func curve(through points: [(x: Double, y: Double)], colour: String, width: Double) {
    let list = points.map { "\(number($0.x)),\(number($0.y))" }.joined(separator: " ")
    body.append(
      "<polyline points=\"\(list)\" fill=\"none\" stroke=\"\(colour)\" "
        + "stroke-width=\"\(number(width))\" stroke-linejoin=\"round\" stroke-linecap=\"round\"/>")
  }

  /// A mark of a point: a disc, or a square for a second curve.
  mutating func mark(at point: (x: Double, y: Double), colour: String, isSquare: Bool) {
    let style = "fill=\"\(colour)\" stroke=\"#ffffff\" stroke-width=\"1.5\""
    body.append(
      isSquare
        ? "<rect x=\"\(number(point.x - 5))\" y=\"\(number(point.y - 5))\" width=\"10\" "
          + "height=\"10\" rx=\"1\" \(style)/>"
        : "<circle cx=\"\(number(point.x))\" cy=\"\(number(point.y))\" r=\"5.5\" \(style)/>")
  }

  /// A line of text; `turned` reads from below upwards. A halo keeps it readable over lines.
  mutating func text(
    _ text: String, at point: (x: Double, y: Double), size: Double = 14,
    colour: String = "#333333", anchor: Anchor = .start, isBold: Bool = false,
    turned: Bool = false, halo: Bool = false
  ) {
    let place = "x=\"\(number(point.x))\" y=\"\(number(point.y))\""
    let turn =
      turned ? " transform=\"rotate(-90 \(number(point.x)) \(number(point.y)))\"" : ""
    let weight = isBold ? " font-weight=\"bold\"" : ""
    let around =
      halo
      ? " stroke=\"#ffffff\" stroke-width=\"4\" stroke-linejoin=\"round\" paint-order=\"stroke\""
      : ""
    body.append(
      "<text \(place)\(turn) font-size=\"\(number(size))\" fill=\"\(colour)\" "
        + "text-anchor=\"\(anchor.rawValue)\"\(weight)\(around)>\(Self.escape(text))</text>")
  }

  /// Text as XML holds it; characters that XML cannot hold become question marks.
  private static func escape(_ text: String) -> String {
    String(
      text.flatMap { character -> String in
        switch character {
        case "&": "&amp;"
        case "<": "&lt;"
        case ">": "&gt;"
        case "\"": "&quot;"
        default: character.unicodeScalars.allSatisfy { $0.value >= 32 } ? "\(character)" : "?"
        }
      })
  }

  private func number(_ value: Double) -> String { fixed(value, 1) }
}
