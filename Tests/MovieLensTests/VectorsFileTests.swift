import MovieLens
import Testing

@Suite struct VectorsFileTests {
  private func parse(_ text: String) throws(MalformedFile) -> [FilmVector] {
    try VectorsFile.parse(Array(text.utf8), file: "v.txt").map(\.value)
  }

  @Test func readsSpacesExponentsAndBlankLines() throws {
    let vectors = try parse("1:[0.5, -1e-3,2]\r\n\n 20 : [ 1 , +2 , .5 ] \n")
    #expect(
      vectors == [
        FilmVector(film: 1, values: [0.5, -0.001, 2]), FilmVector(film: 20, values: [1, 2, 0.5]),
      ])
  }

  @Test func roundsEachNumberOnceToTheNearestFloat() throws {
    // By way of Double it would be rounded twice, here to 1.
    #expect(try parse("1:[1.00000005960464477539062500001]")[0].values == [Float(1).nextUp])
  }

  @Test func writesWhatReadsBackEqual() throws {
    let vectors = [
      FilmVector(film: 3, values: [0.1, -0, 1e-30, .greatestFiniteMagnitude]),
      FilmVector(film: -1, values: [1, 2, 3, .leastNonzeroMagnitude]),
    ]
    #expect(try parse(String(decoding: VectorsFile.encode(vectors), as: UTF8.self)) == vectors)
  }

  @Test func readsQueriesWithAndWithoutIDs() throws {
    let queries = try VectorsFile.parseQueries(Array("[1, 2]\n7:[3, 4]\n7:[5,6]".utf8), file: "q")
    #expect(queries == [[1, 2], [3, 4], [5, 6]])
  }

  @Test(arguments: [
    ("", "v.txt: there is no vector in it"),
    ("[1, 2]", "v.txt:1:1: expected id:[v, v, ...], found \"\" for the id"),
    ("x:[1]", "v.txt:1:1: expected id:[v, v, ...], found \"x\" for the id"),
    ("1[2]", "v.txt:1:2: expected \":\" after the film's id"),
    ("1:2", "v.txt:1:3: expected \"[\" before the vector"),
    ("1:[1, two]", "v.txt:1:7: expected a number for component 2, found \"two\""),
    ("1:[1, 0x10]", "v.txt:1:7: expected a number for component 2, found \"0x10\""),
    ("1:[1,, 2]", "v.txt:1:6: expected a number for component 2, found \"\""),
    ("1:[]", "v.txt:1:4: expected a number for component 1, found \"\""),
    ("1:[1, 2", "v.txt:1:8: expected \"]\" after the vector"),
    ("1:[1] 2", "v.txt:1:7: expected the end of the line after the vector"),
    (
      "1:[0, nan]",
      "v.txt:1:7: component 2 must be a finite number within the range of real, not nan"
    ),
    (
      "1:[-Infinity]",
      "v.txt:1:4: component 1 must be a finite number within the range of real, not -Infinity"
    ),
    (
      "1:[1e39]",
      "v.txt:1:4: component 1 must be a finite number within the range of real, not 1e39"
    ),
    ("1:[1,2]\n2:[1]", "v.txt:2: expected 2 components as in the lines before it, found 1"),
    ("5:[1]\n6:[1]\n5:[2]", "v.txt:3:1: film 5 is already on line 1"),
  ])
  func refusesWithThePlaceAndWhatWasExpected(text: String, message: String) {
    let error = #expect(throws: MalformedFile.self) { try parse(text) }
    #expect(error?.description == message)
  }
}
