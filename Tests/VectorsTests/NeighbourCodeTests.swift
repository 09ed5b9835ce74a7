import CKernels
import Testing

@testable import Vectors

@Suite struct NeighbourCodeTests {
  let dimensions = [
    1, 2, 3, 7, 8, 9, 14, 31, 32, 33, 100, 128, 300, 384, 512, 768, 784, 1536, 2000,
  ]

  func rotate(_ x: [Float], seed: UInt64, _ kernels: Kernels = Kernels.all.last!) -> [Float] {
    var x = x + [Float](repeating: 0, count: (8 - x.count % 8) % 8)
    kernels.table.rotate(&x, Int32(x.count), seed)
    return x
  }

  @Test func aRotationKeepsLengthsAndAngles() {
    var random = SplitMix64(seed: 60)
    for d in dimensions {
      let (a, b) = (Sample.embedding.vector(d, &random), Sample.embedding.vector(d, &random))
      let (ra, rb) = (rotate(a, seed: 7), rotate(b, seed: 7))
      let lengths = (dot(a, a) * dot(b, b)).squareRoot()
      #expect(abs(dot(ra, ra) - dot(a, a)) <= 1e-5 * dot(a, a), "\(d) dimensions")
      #expect(abs(dot(ra, rb) - dot(a, b)) <= 1e-5 * lengths, "\(d) dimensions")
      if d > 1 { #expect(rotate(a, seed: 8) != ra) }
      for kernels in Kernels.all { #expect(rotate(a, seed: 7, kernels) == ra) }
    }
  }

  /// A vector along one axis, the worst there is, is spread over all components.
  @Test func aRotationSpreads() {
    for d in dimensions where d >= 32 {
      for axis in [0, d / 3, d - 1] {
        var x = [Float](repeating: 0, count: d)
        x[axis] = 1
        let rotated = rotate(x, seed: 9)
        let largest = rotated.map { $0.magnitude }.max()!
        #expect(largest < 6 / Float(d).squareRoot(), "axis \(axis) of \(d): \(largest)")
      }
    }
  }

  /// Against the definition, with unmapped pages behind all arguments.
  @Test(arguments: Kernels.all) func estimatesAreTheSumsOfTheirTables(_ kernels: Kernels) {
    var random = SplitMix64(seed: 61)
    let pages = (0..<4).map { _ in GuardedPages(byteCount: 65_536) }
    for groups in Array(stride(from: 0, through: 20, by: 2)) + [
      30, 32, 34, 62, 64, 126, 128, 256, 512,
    ] {
      // What is read behind the codes counts for nothing, as its tables are zero.
      let codes = (0..<32 * groups / 2 + 15).map { _ in UInt8.random(in: 0...255, using: &random) }
      let tables =
        (0..<16 * groups).map { _ in UInt8.random(in: 0...255, using: &random) }
        + [UInt8](repeating: 0, count: (32 - groups % 32) % 32 * 16)
      let a = Sample.large.vector(32, &random).map { $0.upperHalf }
      let b = Sample.embedding.vector(32, &random).map { $0.upperHalf }
      let neighbours = zip(a, b).map { LanternNeighbour(CodeFactors(a: $0, b: $1)) }
      let estimates = pages[2].copy([Float](repeating: .nan, count: 32))
      var query = LanternTables(
        tables: pages[1].copy(tables), groups: Int32(groups), step: 0.5, offset: -3)
      let within = kernels.table.estimate(
        &query, pages[0].copy(codes), pages[3].copy(neighbours), 1e5, 1.2e5, estimates)
      for j in 0..<32 {
        #expect((within >> j & 1 == 1) == (estimates[j] <= 1.2e5))
        let code = codes[j * groups / 2..<(j + 1) * groups / 2]
        let nibbles = code.flatMap { [Int($0 & 15), Int($0 >> 4)] }
        let entries = nibbles.enumerated().map { Int(tables[16 * $0.offset + $0.element]) }
        let product = 0.5 * Float(entries.reduce(0, +)) - 3
        let expected = max(0, 1e5 + a[j] - b[j] * product)
        #expect(abs(estimates[j] - expected) <= 1e-5 * (2e5 + abs(b[j] * product)))
      }
    }
  }

  /// Against the definition, on both sides of rounding.
  @Test(arguments: Kernels.all) func tablesHoldTheSumsOfSets(_ kernels: Kernels) {
    var random = SplitMix64(seed: 63)
    let pages = (0..<2).map { _ in GuardedPages(byteCount: 8_192) }
    for groups in Array(0...5) + [32, 128, 256] {
      let query = Sample.embedding.vector(4 * groups, &random)
      let step: Float = 0.02
      let tables = pages[1].copy([UInt8](repeating: 77, count: 16 * groups))
      kernels.table.fill_tables(pages[0].copy(query), Int32(groups), step, tables)
      for group in 0..<groups {
        let components = query[4 * group..<4 * group + 4]
        let least = components.map { min($0, 0) }.reduce(0, +)
        for set in 0..<16 {
          let sum = components.enumerated().filter { set >> $0.offset & 1 == 1 }
            .map(\.element).reduce(-least, +)
          let expected = min(sum / step, 255)
          #expect(abs(Float(tables[16 * group + set]) - expected) <= 0.501)
        }
      }
    }
  }

  /// A node, its neighbours and a query, as they lie in a graph: the distances are alike.
  struct Case {
    let format: CodeFormat
    let host: [Float]
    let query: [Float]
    let neighbours: [[Float]]
    var codes: [UInt8]
    var factors: [CodeFactors] = []

    init(_ d: Int, bits: Int, degree: Int, centre: Float, _ random: inout SplitMix64) {
      func near() -> [Float] { (0..<d).map { _ in centre + random.unit() } }
      format = CodeFormat(bits: bits, dimensions: d, seed: 11)
      host = near()
      query = near()
      neighbours = (0..<degree).map { _ in near() }
      codes = []
      let rotatedHost = format.rotated(host)
      for neighbour in neighbours {
        var code = [UInt8](repeating: 0xff, count: format.codeBytes)
        factors.append(format.encode(format.rotated(neighbour), at: rotatedHost, into: &code))
        codes += code
      }
    }

    var estimates: [Float] {
      var room = [UInt8](repeating: 0xff, count: format.tableBytes)
      var summands = [Float](repeating: .nan, count: 4 * format.groups)
      let toHost = Float(referenceSquaredDistance(query, host, query.count))
      let places = format.padded(degree: factors.count)
      let padded =
        factors.map { LanternNeighbour($0) }
        + [LanternNeighbour](repeating: LanternNeighbour(), count: places - factors.count)
      let paddedCodes =
        codes + [UInt8](repeating: 7, count: places * format.codeBytes - codes.count + 15)
      var estimates = [Float](repeating: .nan, count: places)
      room.withUnsafeMutableBufferPointer { room in
        let tables = QueryTables(
          format, rotated: format.rotated(query), summands: &summands, room: room.baseAddress!)
        for start in stride(from: 0, to: places, by: 32) {
          paddedCodes.withUnsafeBytes { codes in
            estimates.withUnsafeMutableBufferPointer {
              _ = tables.estimate(
                codes.baseAddress! + start * format.codeBytes, Array(padded[start...]),
                distance: toHost, within: 0, into: $0.baseAddress! + start)
            }
          }
        }
      }
      return Array(estimates.prefix(factors.count))
    }
  }

  /// The relative error of <q - p, x - p> is, squared, (pi / 2) / coded - 1 / d with one bit, and
  /// 0.13 and 0.012 over d with two and four.
  @Test(arguments: [1, 2, 4]) func estimatesAreAsGoodAsTheirBits(_ bits: Int) {
    var random = SplitMix64(seed: 62)
    for d in dimensions where d >= 24 {
      var squares = 0.0
      var sum = 0.0
      var count = 0.0
      for _ in 0..<12 {
        let node = Case(d, bits: bits, degree: 32, centre: 0, &random)
        for (neighbour, estimate) in zip(node.neighbours, node.estimates) {
          let truth = referenceSquaredDistance(node.query, neighbour, d)
          let scale =
            2
            * (referenceSquaredDistance(node.query, node.host, d)
            * referenceSquaredDistance(neighbour, node.host, d)).squareRoot()
          let error = (Double(estimate) - truth) / scale
          squares += error * error
          sum += error
          count += 1
        }
      }
      let coded = Double(node(d, bits).coded)
      let law =
        bits == 1 ? .pi / 2 / coded - 1 / Double(max(d, 512)) : (bits == 2 ? 0.13 : 0.012) / coded
      let uncovered = 1 / coded - 1 / Double(max(Int(coded), d))
      let expected = (law + uncovered).squareRoot()
      let deviation = (squares / count).squareRoot()
      #expect(
        deviation < 1.5 * expected + 0.004, "\(d) dimensions: \(deviation), expected \(expected)")
      #expect(
        abs(sum / count) < 0.3 * deviation + 0.001, "\(d) dimensions: biased by \(sum / count)")
    }
  }

  private func node(_ d: Int, _ bits: Int) -> CodeFormat {
    CodeFormat(bits: bits, dimensions: d, seed: 11)
  }

  /// The lowest bit of the first component's code is the lowest of the first byte, on any processor.
  @Test(arguments: [1, 2, 4], Kernels.all) func codesArePacked(_ bits: Int, _ kernels: Kernels) {
    var random = SplitMix64(seed: 65)
    for d in [8, 16, 40, 512] {
      let host = [Float](repeating: 0, count: d)
      let neighbour = Sample.embedding.vector(d, &random)
      var code = [UInt8](repeating: 0xff, count: d * bits / 8)
      let step: Float = 0.3
      let deviation = (dot(neighbour, neighbour) / Double(d)).squareRoot()
      let shape = LanternCodeShape(
        rotated: Int32(d), coded: Int32(d), bits: Int32(bits), step_of_deviation: step)
      _ = kernels.table.encode_code(neighbour, host, shape, &code)
      let most = 1 << bits - 1
      for i in 0..<d {
        let found = Int(code[i * bits / 8]) >> (i * bits % 8) & most
        let exact = Double(neighbour[i]) / (deviation * Double(step)) + Double(most) / 2
        let expected = bits == 1 ? (neighbour[i] > 0 ? 1 : 0) : min(max(exact, 0), Double(most))
        #expect(abs(Double(found) - expected) <= 0.501)
      }
    }
  }

  @Test(arguments: [1, 2, 4]) func extremesAreHarmless(_ bits: Int) {
    var random = SplitMix64(seed: 64)
    for sample in Sample.allCases {
      let format = CodeFormat(bits: bits, dimensions: 40, seed: 1)
      let host = sample.vector(40, &random)
      var code = [UInt8](repeating: 0, count: format.codeBytes)
      for neighbour in [sample.vector(40, &random), host, host.map { -$0 }] {
        let factors = format.encode(
          format.rotated(neighbour), at: format.rotated(host), into: &code)
        #expect(factors.areValid)
      }
    }
    let node = Case(64, bits: bits, degree: 1, centre: 0, &random)
    var code = [UInt8](repeating: 0, count: node.format.codeBytes)
    let same = node.format.encode(
      node.format.rotated(node.host), at: node.format.rotated(node.host), into: &code)
    #expect(same.a == 0 && same.b == 0)
  }
}

extension Float {
  /// What of it a bfloat16 keeps when the rest is dropped.
  fileprivate var upperHalf: Float { Float(bitPattern: bitPattern & 0xFFFF_0000) }
}

extension LanternNeighbour {
  fileprivate init(_ factors: CodeFactors) { self.init(vertex: 7, factors: factors) }
}

extension CodeFactors {
  fileprivate init(a: Float, b: Float) {
    self.init(b: UInt16(b.bitPattern >> 16), a: UInt16(a.bitPattern >> 16))
  }
}

extension CodeFormat {
  /// A vector, rotated.
  func rotated(_ x: [Float]) -> [Float] {
    [Float](unsafeUninitializedCapacity: rotated) { room, count in
      rotate(x, into: room.baseAddress!)
      count = rotated
    }
  }
}
