import ArgumentParser

/// The film recommender of Lantern's notebook.
struct Movies: ParsableCommand {
  static let configuration = CommandConfiguration(
    abstract: "Load films with their vectors, and recommend films.",
    discussion: """
      With the films that come with this program:

        lantern movies load --sample --index
        lantern movies recommend "Midnight at Hollowmere"

      With the films of MovieLens:

        lantern movies fetch --into movielens
        lantern movies load --index --movies movielens/movies.dat \\
            --vectors movielens/movie_vectors.txt
        lantern movies recommend "From Dusk Till Dawn"
      """,
    subcommands: [Load.self, Recommend.self, Fetch.self, WriteSample.self])
}
