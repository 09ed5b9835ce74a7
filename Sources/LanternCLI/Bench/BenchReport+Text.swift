extension BenchReport {
  /// The report for people: facts, a table for each index, and the ratios.
  func text(style: Style) -> String {
    var paragraphs = [facts(style)] + indexes.map { $0.lines(k: k, style: style) }
    for comparison in comparisons {
      paragraphs.append(comparison.lines(passes: passes, style: style))
    }
    if !notes.isEmpty { paragraphs.append(notes.map { style.dim($0) }) }
    return paragraphs.map { $0.joined(separator: "\n") }.joined(separator: "\n\n")
  }

  private func facts(_ style: Style) -> [String] {
    let clients = clients == 1 ? "one client" : "\(clients) clients"
    let passes = passes == 1 ? "one pass" : "\(passes) passes, interleaved"
    return TextTable.facts([
      ["data", "\(base), \(grouped(rows)) x \(dimensions), \(metric.title)"],
      [
        "queries",
        "\(grouped(queries)) \(queriesFile.map { "of \($0)" } ?? "held back from the base"), k = \(k)",
      ],
      ["truth", truth],
      ["server", "PostgreSQL \(serverVersion), \(clients), \(passes)"],
    ]).lines(style: style)
  }
}

extension IndexReport {
  fileprivate func lines(k: Int, style: Style) -> [String] {
    let cpu = build.cpuSeconds.map { "\(fixed($0, 1)) s CPU, " } ?? ""
    let how = isReused ? "built before" : "built"
    let table = TextTable(
      columns: [
        .init(title: "ef", alignment: .right), .init(title: "recall@\(k)", alignment: .right),
        .init(title: "CPU/query", alignment: .right), .init(title: "least", alignment: .right),
        .init(title: "greatest", alignment: .right), .init(title: "queries/s", alignment: .right),
        .init(title: "p50", alignment: .right), .init(title: "p99", alignment: .right),
        .init(title: "buffers", alignment: .right),
      ], rows: points.map(\.cells))
    return [
      "\(style.accent(style.bold(name))) \(version)  \(options)",
      "index \(byteSize(indexBytes)), \(how) in \(fixed(build.seconds, 1)) s (\(cpu)"
        + "\(byteSize(build.walBytes)) WAL); table \(byteSize(tableBytes))",
    ] + table.lines(style: style)
  }
}

extension PointReport {
  fileprivate var cells: [String] {
    [
      "\(ef)", fixed(recall, 4), milliseconds(cpuMilliseconds?.median),
      milliseconds(cpuMilliseconds?.least), milliseconds(cpuMilliseconds?.greatest),
      grouped(Int(queriesPerSecond.median.rounded())), milliseconds(medianMilliseconds.median),
      milliseconds(p99Milliseconds.median), fixed(buffersHit + buffersRead, 0),
    ]
  }

  private func milliseconds(_ value: Double?) -> String {
    value.map { "\(fixed($0, 3)) ms" } ?? "-"
  }
}

extension ComparisonReport {
  fileprivate func lines(passes: Int, style: Style) -> [String] {
    let table = TextTable(
      columns: [
        .init(title: "recall", alignment: .right), .init(title: "CPU/query"),
        .init(title: "queries/s"), .init(title: "buffers", alignment: .right),
      ],
      rows: ratios.map { ratio in
        [
          fixed(ratio.recall ?? ratio.wanted[0], ratio.note == nil ? 2 : 4), text(ratio.cpu),
          text(ratio.queriesPerSecond), ratio.buffers.map { fixed($0, 2) } ?? "-",
        ]
      })
    let spread = passes == 1 ? "" : ", median over the passes (least to greatest)"
    return ["\(style.bold("\(name) / \(against)")) at equal recall\(spread)"]
      + table.lines(style: style)
      + ratios.compactMap { ratio in
        ratio.note.map { note in
          let wanted = ratio.wanted.map { fixed($0, 2) }.joined(separator: " and ")
          return style.dim(
            ratio.recall == nil
              ? "Not compared at \(wanted): \(note)." : "Not at \(wanted) but where \(note).")
        }
      }
  }

  private func text(_ ratio: Spread?) -> String {
    guard let ratio else { return "-" }
    let median = fixed(ratio.median, 2)
    return "\(median) (\(fixed(ratio.least, 2)) to \(fixed(ratio.greatest, 2)))"
  }
}
