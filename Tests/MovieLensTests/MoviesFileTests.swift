import MovieLens
import Testing

@Suite struct MoviesFileTests {
  private func parse(_ bytes: [UInt8]) throws(MalformedFile) -> [Film] {
    try MoviesFile.parse(bytes, file: "movies.dat").map(\.value)
  }

  @Test func readsLatin1() throws {
    // "Misérables" with the é of Latin-1, byte E9.
    let bytes = Array("73::Mis".utf8) + [0xE9] + Array("rables, Les (1995)::Drama|Musical\n".utf8)
    let film = Film(id: 73, title: "Misérables, Les (1995)", genres: ["Drama", "Musical"])
    #expect(try parse(bytes) == [film])
  }

  @Test func readsUTF8() throws {
    let bytes = Array("73::Misérables, Les (1995)::Drama".utf8)
    #expect(try parse(bytes).map(\.title) == ["Misérables, Les (1995)"])
  }

  @Test func toleratesCarriageReturnsBlankLinesAndAMissingLastLineFeed() throws {
    let films = try MoviesFile.parse(
      Array("1::A::Drama\r\n\r\n  \n2::B: C::War".utf8), file: "movies.dat")
    #expect(films.map(\.value.id) == [1, 2])
    #expect(films.map(\.value.title) == ["A", "B: C"])
    #expect(films.map(\.value.genres) == [["Drama"], ["War"]])
    #expect(films.map(\.line) == [1, 4])
  }

  @Test func writesLatin1ThatReadsBackEqual() throws {
    let films = [
      Film(id: 1, title: "Séance (1960)", genres: ["Horror", "Sci-Fi"]),
      Film(id: 7, title: "Zoë: Part 2 (1961)", genres: ["Children's"]),
    ]
    let bytes = MoviesFile.encode(films)
    #expect(bytes.starts(with: Array("1::S".utf8) + [0xE9]))
    #expect(try parse(bytes) == films)
  }

  @Test(arguments: [
    ("", "movies.dat: there is no film in it"),
    (
      "1::A::Drama\nx::B::War\n",
      "movies.dat:2:1: expected a film's id, a whole number of at most 32 bits, found \"x\""
    ),
    (
      "4294967296::A::War",
      "movies.dat:1:1: expected a film's id, a whole number of at most 32 bits, found \"4294967296\""
    ),
    ("1::A", "movies.dat:1:1: expected id::title::genres, found 2 fields"),
    ("nothing", "movies.dat:1:1: expected id::title::genres, found 1 field"),
    ("1::1193::5::978300760", "movies.dat:1:1: expected id::title::genres, found 4 fields"),
    ("1:: ::War", "movies.dat:1:4: expected a title, found nothing"),
    ("1::A::", "movies.dat:1:7: expected genres, found nothing"),
    (
      "1::A::War||Drama",
      "movies.dat:1:7: expected genres with one | between them, found an empty one"
    ),
    ("1::A\0B::War", "movies.dat:1:5: a zero byte, which text in PostgreSQL cannot hold"),
    ("1::A::War\n\n2::B::War\n1::C::War", "movies.dat:4:1: film 1 is already on line 1"),
  ])
  func refusesWithThePlaceAndWhatWasExpected(text: String, message: String) {
    let error = #expect(throws: MalformedFile.self) { try parse(Array(text.utf8)) }
    #expect(error?.description == message)
  }
}
