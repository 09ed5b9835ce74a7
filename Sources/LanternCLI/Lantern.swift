import ArgumentParser

@main
struct Lantern: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "lantern",
    abstract:
      "Vector search in PostgreSQL: load films, recommend films, check and measure an index.",
    discussion: """
      Try it on a database whose server has the extension lantern:

        lantern movies load --sample --index
        lantern movies recommend "Midnight at Hollowmere"
        lantern verify --table movies --column vector
        lantern bench --base base.fvecs --queries query.fvecs --against pgvector

      The server is the one that the PG environment variables name (PGHOST, PGPORT, PGDATABASE, \
      PGUSER, ...), as for psql, unless --dsn names another. A command that fails says why in one \
      line and ends with exit status 1.
      """,
    version: "0.2.0",
    subcommands: [Movies.self, Verify.self, Bench.self])
}
