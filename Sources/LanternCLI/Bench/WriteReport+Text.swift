extension WriteReport {
  /// The report for people: facts, a table, and the ratios to our index.
  func text(style: Style) -> String {
    let figures = indexes.map { WriteFigures($0, inserts: inserts) }
    let facts = TextTable.facts([
      ["data", "\(base), \(grouped(rows)) x \(dimensions) at first"],
      ["inserted", "\(grouped(inserts)) rows by each writer, \(passes) times"],
      ["server", "PostgreSQL \(serverVersion)"],
    ]).lines(style: style)
    let names = indexes.map {
      "\(style.accent(style.bold($0.name))) \($0.version)  \($0.options), index \(byteSize($0.indexBytes))"
    }
    let table = TextTable(
      columns: [.init(title: "")]
        + indexes.map { .init(title: $0.name, alignment: .right) }
        + indexes.dropFirst().map {
          .init(title: "\($0.name) / \(indexes[0].name)", alignment: .right)
        },
      rows: Self.rows(figures)
    ).lines(style: style)
    var paragraphs = [facts + names, table]
    if !notes.isEmpty { paragraphs.append(notes.map { style.dim($0) }) }
    return paragraphs.map { $0.joined(separator: "\n") }.joined(separator: "\n\n")
  }

  private static func rows(_ figures: [WriteFigures]) -> [[String]] {
    func row(_ title: String, _ places: Int, _ value: (WriteFigures) -> Spread?) -> [String] {
      let values = figures.map(value)
      let cells = values.map { spread in
        spread.map {
          "\(fixed($0.median, places)) (\(fixed($0.least, places)) to \(fixed($0.greatest, places)))"
        } ?? "-"
      }
      let ratios = values.dropFirst().map { other in
        guard let other, let ours = values[0], ours.median > 0 else { return "-" }
        return fixed(other.median / ours.median, 2)
      }
      return [title] + cells + ratios
    }
    return [
      row("CPU ms per row, single inserts", 3) { $0.insertMilliseconds },
      row("CPU ms per row, COPY", 3) { $0.copyMilliseconds },
      row("WAL bytes per row, of the index", 0) { $0.walPerRow },
      row("rows/s, one writer", 0) { $0.oneWriter },
      row("rows/s, two writers", 0) { $0.twoWriters },
      row("CPU s, VACUUM of a tenth", 2) { $0.vacuumSeconds.map { Spread([$0]) } },
    ]
  }
}
