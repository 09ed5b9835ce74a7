/// A table of aligned columns for people to read.
struct TextTable {
  enum Alignment { case left, right }

  struct Column {
    var title: String
    var alignment = Alignment.left
    /// Whether the column may be cut where the terminal is too narrow.
    var shrinks = false
    var mark: (Style) -> (String) -> String = { _ in { $0 } }
  }

  var columns: [Column]
  /// As many cells in each as there are columns.
  var rows: [[String]]

  /// A table without titles: names in bold, each with what there is to say.
  static func facts(_ rows: [[String]]) -> TextTable {
    TextTable(columns: [.init(title: "", mark: { $0.bold }), .init(title: "")], rows: rows)
  }

  /// The table's lines; `width` is the number of characters that a line may have at most, if that
  /// is limited.
  func lines(width: Int? = nil, style: Style = .plain) -> [String] {
    let widths = columnWidths(limit: width)
    let hasTitles = columns.contains { !$0.title.isEmpty }
    let titles = hasTitles ? [line(columns.map(\.title), widths) { style.bold($0) }] : []
    return titles + rows.map { row in line(row, widths) { columns[$1].mark(style)($0) } }
  }

  private static let gap = "  "

  private func columnWidths(limit: Int?) -> [Int] {
    var widths = columns.indices.map { index in
      rows.map { $0[index].count }.reduce(columns[index].title.count, max)
    }
    guard let limit else { return widths }
    var excess = widths.reduce(Self.gap.count * (widths.count - 1), +) - limit
    while excess > 0 {
      // The widest that may shrink gives up a character at a time, down to what still says
      // something.
      let candidates = columns.indices.filter { columns[$0].shrinks && widths[$0] > 12 }
      guard let widest = candidates.max(by: { widths[$0] < widths[$1] }) else { break }
      widths[widest] -= 1
      excess -= 1
    }
    return widths
  }

  private func line(
    _ cells: [String], _ widths: [Int], mark: (String, Int) -> String
  ) -> String {
    let texts = cells.indices.map { index in
      let cell = cells[index]
      let text = cell.count > widths[index] ? cell.prefix(widths[index] - 1) + "…" : cell
      let space = String(repeating: " ", count: widths[index] - text.count)
      // White space at a line's end helps nobody.
      let isLast = index == cells.count - 1
      return columns[index].alignment == .right
        ? space + mark(String(text), index) : mark(String(text), index) + (isLast ? "" : space)
    }
    return texts.joined(separator: Self.gap)
  }

  private func line(_ cells: [String], _ widths: [Int], mark: (String) -> String) -> String {
    line(cells, widths) { text, _ in mark(text) }
  }
}
