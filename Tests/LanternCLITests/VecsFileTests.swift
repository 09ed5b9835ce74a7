import MovieLens
import Testing

@testable import LanternCLI

@Suite struct VecsFileTests {
  private func int32(_ values: Int32...) -> [UInt8] {
    values.flatMap { value in withUnsafeBytes(of: value.littleEndian) { Array($0) } }
  }

  private func floats(_ values: Float...) -> [UInt8] {
    values.flatMap { value in withUnsafeBytes(of: value.bitPattern.littleEndian) { Array($0) } }
  }

  private func read(
    _ bytes: [UInt8], _ component: VecsFile.Component, limit: Int? = nil
  ) throws -> VectorSet {
    try VecsFile(Data(bytes), component: component, name: "f", limit: limit).vectors()
  }

  @Test func readsEveryFormat() throws {
    let expected = VectorSet(dimensions: 2, values: [1, 2, 3, 255])
    #expect(
      try read(int32(2) + floats(1, 2) + int32(2) + floats(3, 255), .fvecs) == expected)
    #expect(try read(int32(2) + [1, 2] + int32(2) + [3, 255], .bvecs) == expected)
    #expect(try read(int32(2, 1, 2, 2, 3, 255), .ivecs) == expected)
    #expect(
      try read(int32(2) + floats(-0.5, .leastNonzeroMagnitude), .fvecs).values == [
        -0.5, .leastNonzeroMagnitude,
      ])
  }

  @Test func readsNoMoreRowsThanAreAskedFor() throws {
    // What is wrong in rows that are left out is not looked for.
    let bytes = int32(1) + [7] + int32(1) + [8] + int32(9) + [0]
    #expect(try read(bytes, .bvecs, limit: 2).values == [7, 8])
    #expect(try read(int32(1) + [7], .bvecs, limit: 5).values == [7])
  }

  @Test func worksOnASliceOfData() throws {
    let data = Data([9, 9, 9] + int32(2) + [1, 2]).dropFirst(3)
    #expect(try VecsFile(data, component: .bvecs, name: "f").vectors().values == [1, 2])
  }

  @Test func saysWhereAFileIsMalformed() throws {
    let row = int32(2) + floats(1, 2)
    let cases: [(bytes: [UInt8], message: String)] = [
      ([], "there is no vector in it"),
      ([1, 0, 0], "row 1, at byte 0: expected a number of components"),
      (int32(0), "row 1, at byte 0: expected a number of components from 1 to 1,000,000, found 0"),
      (int32(-1), "found -1"),
      (
        row + int32(3) + floats(1, 2, 3),
        "row 2, at byte 12: expected 2 components as in row 1, found 3"
      ),
      (
        row + int32(2) + floats(1),
        "row 2, at byte 12: expected 12 bytes, found 8 to the file's end"
      ),
      (row + [2], "row 2, at byte 12: expected 12 bytes, found 1 to the file's end"),
      (row + int32(2) + floats(1, .nan), "row 2, at byte 20: component 2 is not a finite number"),
      (row + int32(2) + floats(.infinity, 1), "row 2, at byte 16: component 1 is not"),
    ]
    for (bytes, message) in cases {
      let error = #expect(throws: MalformedFile.self) { try read(bytes, .fvecs) }
      #expect(error?.file == "f")
      #expect(error?.message.contains(message) == true, "\(String(describing: error))")
    }
  }

  @Test func refusesIntegersThatNoFloatEquals() {
    let error = #expect(throws: MalformedFile.self) { try read(int32(1, 16_777_217), .ivecs) }
    #expect(error?.message.hasPrefix("row 1, at byte 4: component 1 is not") == true)
  }

  @Test func readsRowNumbersWithinTheBase() throws {
    let file = try VecsFile(Data(int32(2, 0, 4, 2, 3, 1)), component: .ivecs, name: "truth")
    #expect(try file.rowNumbers(below: 5) == [[0, 4], [3, 1]])
    let error = #expect(throws: MalformedFile.self) { try file.rowNumbers(below: 4) }
    #expect(
      error?.description
        == "truth: row 1, at byte 8: expected a row of the base, from 0 to 3, found 4")
  }

  @Test func readsFilesByTheirNames() throws {
    let folder = TemporaryFolder()
    try FileManager.default.createDirectory(
      atPath: folder.path, withIntermediateDirectories: true)
    let (base, queries) = (folder.path + "/base.bvecs", folder.path + "/movie_vectors.txt")
    try writeFile(base, int32(2) + [1, 2] + int32(2) + [3, 4])
    try writeFile(queries, Array("7:[0.5, 1]\n".utf8))
    let data = try BenchData.read(base: base, queries: queries, rows: 1)
    #expect(data.base.values == [1, 2])
    #expect(data.queries.values == [0.5, 1])
    #expect(throws: CommandFailure.self) {
      try BenchData.read(base: base, queries: queries, rows: 3)
    }
    let other = folder.path + "/other"
    try writeFile(other, [0])
    let error = #expect(throws: CommandFailure.self) {
      try BenchData.read(base: other, queries: nil, rows: nil)
    }
    #expect(error?.hint?.contains(".fvecs") == true)
    try writeFile(queries, Array("7:[0.5, 1, 2]\n".utf8))
    let lengths = #expect(throws: CommandFailure.self) {
      try BenchData.read(base: base, queries: queries, rows: nil)
    }
    #expect(lengths?.message.contains("have 3 dimensions") == true)
  }

  @Test func holdsQueriesBackEvenly() {
    var base = VectorSet(dimensions: 1, values: (0..<40).map { Float($0) })
    let queries = base.holdOut(atMost: 1_000)
    #expect(queries.values == [0, 10, 20, 30])
    #expect(base.count == 36)
    #expect(Set(base.values).isDisjoint(with: queries.values))
    var few = VectorSet(dimensions: 2, values: [1, 2, 3, 4])
    #expect(few.holdOut(atMost: 1_000).values == [1, 2])
    #expect(few.values == [3, 4])
  }

  @Test func checksumTellsContentsApart() {
    let one = VectorSet(dimensions: 2, values: [1, 2])
    #expect(one.checksum == VectorSet(dimensions: 2, values: [1, 2]).checksum)
    #expect(one.checksum != VectorSet(dimensions: 2, values: [2, 1]).checksum)
  }
}
