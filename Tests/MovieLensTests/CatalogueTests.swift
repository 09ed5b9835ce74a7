import MovieLens
import Testing

@Suite struct CatalogueTests {
  private func catalogue(_ movies: String, _ vectors: String) throws(MalformedFile) -> Catalogue {
    try Catalogue(
      movies: Array(movies.utf8), moviesFile: "m", vectors: Array(vectors.utf8), vectorsFile: "v")
  }

  @Test func joinsByIDInTheOrderOfTheFilms() throws {
    let joined = try catalogue("9::N::War\n2::T::War\n", "2:[2, 0]\n7:[7, 0]\n9:[9, 0]\n")
    #expect(joined.films.map(\.id) == [9, 2])
    #expect(joined.vectors == [[9, 0], [2, 0]])
    #expect(joined.dimensions == 2)
    #expect(joined.unusedVectors == 1)
  }

  @Test func refusesAFilmWithoutAVector() {
    let error = #expect(throws: MalformedFile.self) {
      try catalogue("1::A::War\n\n2::B::War\n", "1:[1]\n")
    }
    #expect(error?.description == "m:3: film 2 has no vector in v")
  }
}
