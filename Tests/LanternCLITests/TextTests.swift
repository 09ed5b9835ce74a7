import Testing

@testable import LanternCLI

@Suite struct TextTests {
  private let table = TextTable(
    columns: [
      .init(title: "#", alignment: .right), .init(title: "Title", shrinks: true),
      .init(title: "Distance", alignment: .right),
    ],
    rows: [["1", "Séance at Velmere", "0.5"], ["10", "Orchard", "12.25"]])

  @Test func alignsColumnsByCharacters() {
    #expect(
      table.lines() == [
        " #  Title              Distance",
        " 1  Séance at Velmere       0.5",
        "10  Orchard               12.25",
      ])
  }

  @Test func cutsOnlyWhatMayBeCut() {
    #expect(
      table.lines(width: 27) == [
        " #  Title          Distance",
        " 1  Séance at Ve…       0.5",
        "10  Orchard           12.25",
      ])
    #expect(table.lines(width: 5)[2] == "10  Orchard          12.25")
  }

  @Test func marksTextWithoutMovingColumns() {
    let coloured = TextTable(
      columns: [.init(title: "A", mark: { $0.bold }), .init(title: "B")], rows: [["x", "y"]]
    ).lines(style: .colour)
    #expect(coloured[1] == "\u{1B}[1mx\u{1B}[0m  y")
  }

  @Test func endsNoLineWithWhiteSpace() {
    let lines = TextTable(
      columns: [.init(title: "A"), .init(title: "Long title")], rows: [["x", "y"]]
    ).lines()
    #expect(lines == ["A  Long title", "x  y"])
  }

  @Test func printsRecommendations() {
    let result = Recommendations(
      film: .init(id: 70, title: "Dawn (1996)", genres: "Horror"),
      recommendations: [
        .init(rank: 1, id: 5, title: "Dusk (1990)", genres: "Horror|War", distance: 0.25)
      ])
    #expect(
      result.text(width: nil, style: .plain) == """
        If you liked Dawn (1996)  Horror

        #  Title        Genres      Distance
        1  Dusk (1990)  Horror|War    0.2500
        """)
  }

  @Test(arguments: [
    (0, "0"), (999, "999"), (1_000, "1,000"), (1_234_567, "1,234,567"), (-1_000, "-1,000"),
  ])
  func groupsThousands(number: Int, text: String) {
    #expect(grouped(number) == text)
  }

  @Test(arguments: [
    (0.0, 2, "0.00"), (1.005, 1, "1.0"), (-0.25, 1, "-0.3"), (-0.001, 2, "0.00"), (12.5, 0, "13"),
    (0.999, 2, "1.00"), (Double.infinity, 2, "inf"), (1e300, 1, "1e+300"),
  ])
  func roundsToPlaces(number: Double, places: Int, text: String) {
    #expect(fixed(number, places) == text)
  }

  @Test(arguments: [
    (0, "0 bytes"), (8_192, "8192 bytes"), (16_384, "16 kB"), (10_485_760, "10.0 MB"),
  ])
  func namesSizes(bytes: Int, text: String) {
    #expect(byteSize(bytes) == text)
  }

  @Test func drawsProgress() {
    #expect(
      ProgressBar.line("loading", done: 1_200, of: 2_400)
        == "loading  ██████████░░░░░░░░░░ 50 %  1,200 of 2,400")
    #expect(ProgressBar.line("loading", done: 5, of: 4).contains(" 100 % "))
    #expect(ProgressBar.line("downloading", done: 5_000, of: 0) == "downloading  5,000")
  }
}
