import MovieLens
import Testing

@Suite struct TitleSearchTests {
  static let titles = [
    "From Dusk Till Dawn (1996)", "Thirteenth Floor, The (1999)", "Star Wars (1977)",
    "Star Trek (1979)", "Stargate (1994)", "Lone Star (1996)", "Misérables, Les (1995)",
    "Misérables, Les (1998)", "Die Hard (1988)", "Die Hard 2 (1990)", "Hard Rain (1998)",
    "City of Lost Children, The (Cité des enfants perdus, La) (1995)",
    "2001: A Space Odyssey (1968)",
  ]

  @Test(arguments: [
    ("From Dusk Till Dawn", ["From Dusk Till Dawn (1996)"]),
    ("from DUSK till dawn (1996)", ["From Dusk Till Dawn (1996)"]),
    ("dusk till", ["From Dusk Till Dawn (1996)"]),
    ("dawn dusk", ["From Dusk Till Dawn (1996)"]),
    ("The Thirteenth Floor", ["Thirteenth Floor, The (1999)"]),
    ("thirteenth floor, the", ["Thirteenth Floor, The (1999)"]),
    ("star", ["Star Wars (1977)", "Star Trek (1979)"]),
    ("starg", ["Stargate (1994)"]),
    ("Les Miserables", ["Misérables, Les (1995)", "Misérables, Les (1998)"]),
    ("Les Misérables (1998)", ["Misérables, Les (1998)"]),
    ("die hard", ["Die Hard (1988)"]),
    ("die hard 2", ["Die Hard 2 (1990)"]),
    (
      "the city of lost children",
      ["City of Lost Children, The (Cité des enfants perdus, La) (1995)"]
    ),
    ("2001 a space odyssey", ["2001: A Space Odyssey (1968)"]),
    ("dusk (1997)", []),
    ("no such film", []),
    (" ", []),
  ])
  func finds(text: String, expected: [String]) {
    let found = TitleSearch(text).bestMatches(among: Self.titles).map { Self.titles[$0] }
    #expect(found == expected)
  }
}
