import MovieLens
import Testing

@testable import LanternCLI

/// A folder that is gone after the test.
final class TemporaryFolder {
  let path: String

  init() {
    path = FileManager.default.temporaryDirectory.appending(path: "lantern-\(UUID())").path
  }

  deinit { try? FileManager.default.removeItem(atPath: path) }
}

@Suite struct FilesTests {
  private let folder = TemporaryFolder()

  private func run(_ arguments: [String]) throws {
    var command = try Lantern.parseAsRoot(arguments)
    try command.run()
  }

  @Test func writesTheSampleSoThatItCanBeLoaded() throws {
    try run(["movies", "sample", "--into", folder.path + "/a/b"])
    let read = try MovieFiles(folder: folder.path + "/a/b").read()
    #expect(read.films == Sample.catalogue().films)
    #expect(read.vectors == Sample.catalogue().vectors)
  }

  @Test func replacesFilesOnlyWhenAsked() throws {
    try run(["movies", "sample", "--into", folder.path])
    let movies = folder.path + "/movies.dat"
    try writeFile(movies, Array("mine".utf8))
    for command in ["sample", "fetch"] {
      let error = #expect(throws: CommandFailure.self) {
        try run(["movies", command, "--into", folder.path])
      }
      #expect(error?.description == "\(movies) already exists (hint: --replace writes it anew)")
    }
    #expect(try readFile(movies) == Array("mine".utf8))
    try run(["movies", "sample", "--into", folder.path, "--replace"])
    #expect(try readFile(movies).count > 100_000)
  }

  @Test func saysWhyAFileCannotBeRead() {
    let error = #expect(throws: CommandFailure.self) { try readFile("/nonexistent/movies.dat") }
    #expect(error?.message == "cannot read /nonexistent/movies.dat: No such file or directory")
  }

  @Test func looksAtTheFilesBeforeTheServer() throws {
    try run(["movies", "sample", "--into", folder.path])
    let vectors = folder.path + "/movie_vectors.txt"
    var lines = String(decoding: try readFile(vectors), as: UTF8.self).split(separator: "\n")
    lines[41] = "42:[1, NaN]"
    try writeFile(vectors, Array(lines.joined(separator: "\n").utf8))
    let error = #expect(throws: MalformedFile.self) {
      try run([
        "movies", "load", "--movies", folder.path + "/movies.dat", "--vectors", vectors,
        "--dsn", "host=/nonexistent",
      ])
    }
    #expect(error?.line == 42)
    #expect(error?.column == 8)
  }

  private static let hasCurl = (getenv("PATH").map { String(cString: $0) } ?? "")
    .split(separator: ":").contains { access("\($0)/curl", X_OK) == 0 }

  @Test(.enabled(if: hasCurl, "the program curl is not installed"))
  func saysWhyADownloadFailsAndLeavesNothing() throws {
    try FileManager.default.createDirectory(
      atPath: folder.path, withIntermediateDirectories: true)
    // Nothing listens on port 1 of the own machine.
    let address = "https://127.0.0.1:1/movies.dat"
    let error = #expect(throws: CommandFailure.self) {
      try Download(address: address, file: folder.path + "/movies.dat").run { _ in }
    }
    #expect(error?.message.hasPrefix("cannot download \(address): (7) ") == true)
    #expect(try FileManager.default.contentsOfDirectory(atPath: folder.path).isEmpty)
  }

  @Test(.enabled(if: hasCurl, "the program curl is not installed"))
  func downloadsOverHTTPSOnly() {
    let error = #expect(throws: CommandFailure.self) {
      try Download(address: "file:///etc/hostname", file: folder.path).run { _ in }
    }
    #expect(error?.message.contains("(1) ") == true)
  }
}
