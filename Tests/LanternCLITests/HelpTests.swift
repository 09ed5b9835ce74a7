import ArgumentParser
import Foundation
import Testing

@testable import LanternCLI

@Suite struct HelpTests {
  @Test(arguments: [
    ("lantern movies load --sample --index", Lantern.self as any ParsableCommand.Type),
    ("lantern movies recommend \"From Dusk Till Dawn\"", Movies.self),
    ("lantern movies load --sample --index", Movies.Load.self),
    ("lantern movies recommend \"From Dusk Till Dawn\"", Movies.Recommend.self),
    ("lantern movies fetch --into movielens", Movies.Fetch.self),
    ("lantern movies sample --into sample", Movies.WriteSample.self),
    ("lantern verify --table movies --column vector", Verify.self),
    ("lantern bench --base movie_vectors.txt --metric cosine", Bench.self),
  ])
  func teachesByAnExample(example: String, command: any ParsableCommand.Type) {
    #expect(Lantern.helpMessage(for: command, columns: 100).contains(example))
  }

  @Test func everyExampleOfAHelpTextIsACommandThatParses() throws {
    let commands: [any ParsableCommand.Type] = [
      Lantern.self, Movies.self, Movies.Load.self, Movies.Recommend.self, Movies.Fetch.self,
      Movies.WriteSample.self, Verify.self, Bench.self,
    ]
    var examples = 0
    for command in commands {
      let text = command.configuration.discussion.replacing("\\\n", with: " ")
      for line in text.split(separator: "\n") where line.hasPrefix("  lantern ") {
        examples += 1
        #expect(throws: Never.self, "\(line)") {
          _ = try Lantern.parseAsRoot(words(of: line))
        }
      }
    }
    #expect(examples >= 19)
  }

  @Test func theVersionIsTheExtensions() throws {
    let root = URL(filePath: #filePath).deletingLastPathComponent().appending(path: "../..")
    let control = try String(
      contentsOf: root.appending(path: "extension/lantern.control"), encoding: .utf8)
    let version = try #require(control.firstMatch(of: /default_version = '(.+)'/)?.1)
    let message = #expect(throws: (any Error).self) { try Lantern.parseAsRoot(["--version"]) }
    #expect(message.map { Lantern.fullMessage(for: $0) } == String(version))
  }

  /// Splits as a shell does, as far as the examples need it; leaves out the program's name.
  private func words(of line: Substring) -> [String] {
    line.split(separator: "\"", omittingEmptySubsequences: false).enumerated()
      .flatMap { $0.isMultiple(of: 2) ? $1.split(separator: " ") : [$1] }
      .dropFirst().map(String.init)
  }

  @Test(arguments: [
    (["movies", "load"], "Give either --sample or both --movies and --vectors."),
    (["movies", "load", "--sample", "--movies", "f"], "Give either --sample or both"),
    (["movies", "load", "--vectors", "f"], "Give either --sample or both"),
    (["movies", "recommend"], "Give the film's title, or its id with --id."),
    (["movies", "recommend", "A", "--id", "1"], "Give the film's title, or its id with --id."),
    (["movies", "recommend", "A", "--limit", "0"], "--limit must be at least 1."),
    (["verify", "--table", "t"], "Missing expected argument '--column <column>'"),
    (["verify", "--table", "t", "--column", "c", "--k", "0"], "--k must be at least 1."),
    (["verify", "--table", "t", "--column", "c", "--ef", "0"], "--ef must be at least 1."),
    (
      ["verify", "--table", "t", "--column", "c", "--min-recall", "95"],
      "--min-recall must be from 0 to 1."
    ),
    (["bench", "--queries", "q"], "Missing expected argument '--base <file>'"),
    (["bench", "--base", "b", "--passes", "0"], "--passes must be at least 1."),
    (["bench", "--base", "b", "--rows", "0"], "--rows must be at least 1."),
    (["bench", "--base", "b", "--inserts", "0"], "--inserts must be at least 1."),
    (["bench", "--base", "b", "--ef", "10,x"], "The value '10,x' is invalid for '--ef <ef>'"),
    (["bench", "--base", "b", "--truth", "t"], "--truth needs --queries"),
    (["bench", "--base", "b", "--against", "pgvector", "--against", "pgvector"], "twice."),
    (["bench", "--base", "b", "--metric", "l1"], "'l1' is invalid for '--metric <metric>'"),
  ])
  func refusesWrongArguments(arguments: [String], message: String) {
    let error = #expect(throws: (any Error).self) { try Lantern.parseAsRoot(arguments) }
    #expect(error.map { Lantern.message(for: $0) }?.contains(message) == true)
  }
}
