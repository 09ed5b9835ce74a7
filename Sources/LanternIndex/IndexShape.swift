import CKernels
import CPostgres
import HNSW
import Vectors

/// Where the parts of a node or of an upper vertex lie, in bytes from its start.
struct VertexLayout {
  let format: VectorFormat
  /// The most neighbours: 2m for a node, m for an upper vertex.
  let degree: Int
  /// The neighbours' codes, if there are any.
  let code: CodeFormat?
  let neighbourCodesOffset: Int
  /// The neighbours' ids, one every `neighbourBytes`: with codes, their factors lie between.
  let neighboursOffset: Int
  let neighbourBytes: Int
  /// Where the mask's words beyond the header's first are.
  let maskOffset: Int
  /// With codes, a byte each for the neighbours' order.
  let orderOffset: Int
  let size: Int
  let perPage: Int

  static var codesOffset: Int { MemoryLayout<LanternVertex>.size }

  init(_ format: VectorFormat, degree: Int, code: CodeFormat?) {
    self.format = format
    self.degree = degree
    self.code = code
    let places = code?.padded(degree: degree) ?? degree
    neighbourBytes =
      code == nil ? MemoryLayout<VertexID>.stride : MemoryLayout<LanternNeighbour>.stride
    neighbourCodesOffset = Self.codesOffset &+ (format.byteCount &+ 3) & ~3
    neighboursOffset = neighbourCodesOffset &+ (code?.codeBytes ?? 0) &* places
    maskOffset = neighboursOffset &+ neighbourBytes &* places
    orderOffset = maskOffset &+ 4 &* max((degree &+ 31) / 32 &- 1, 0)
    size = code == nil ? orderOffset : orderOffset &+ (degree &+ 3) & ~3
    perPage = Int(LANTERN_PAGE_ROOM) / size
  }
}

/// The structure of an index, fixed when it is built.
struct IndexShape {
  let format: VectorFormat
  let m: Int
  let efConstruction: Int
  /// The neighbours' codes; nil when nodes keep none.
  let code: CodeFormat?
  let node: VertexLayout
  let upper: VertexLayout

  var metric: Metric { format.metric }

  init(format: VectorFormat, m: Int, efConstruction: Int, code: CodeFormat?) {
    self.format = format
    self.m = m
    self.efConstruction = efConstruction
    self.code = code
    node = VertexLayout(format, degree: 2 &* m, code: code)
    upper = VertexLayout(format, degree: m, code: code)
  }

  /// The candidates that a search keeps: ef, or, where it goes by estimates, more, so that it finds
  /// at least as much.
  func poolSize(ef: Int) -> Int { code == nil ? ef : 2 &* ef &+ 16 }

  func layout(level: Int) -> VertexLayout { level == 0 ? node : upper }

  /// The number of records on a page of a kind.
  func perPage(_ kind: PageKind) -> Int {
    switch kind {
    case .nodes: node.perPage
    case .upper: upper.perPage
    case .tids: Int(LANTERN_PAGE_ROOM) / MemoryLayout<LanternTIDRecord>.stride
    case .origin: 0
    }
  }

  /// The most dimensions of which a node fits a page.
  static func maximumDimensions(width: CodeWidth, m: Int) -> Int {
    let rest = VertexLayout(VectorFormat(dimensions: 0, width: width), degree: 2 &* m, code: nil)
      .size
    return min((Int(LANTERN_PAGE_ROOM) &- rest) / width.bytesPerComponent, maximumDimensions)
  }

  static var maximumDimensions: Int { 8000 }
}

extension CodeFormat {
  /// Codes of so many bits, over as many components as let a node fit a page; nil when that would
  /// be too few, or none are asked for.
  init?(fitting format: VectorFormat, bits: Int, m: Int) {
    let bits =
      bits == Int(LANTERN_CODE_BITS_AUTO) ? Self.usualBits(dimensions: format.dimensions) : bits
    if format.metric.isOfBits || !CodeFormat.isPossible(bits: bits) { return nil }
    var coded = CodeFormat.mostCoded
    while coded >= 64 {
      // Any seed will do; this one differs between dimensions.
      self.init(
        bits: bits, dimensions: format.dimensions, coded: coded,
        seed: 0x4C61_6E74_6572_6E00 &+ UInt64(format.dimensions))
      if VertexLayout(format, degree: 2 &* m, code: self).perPage > 0 { return }
      coded &-= 64
    }
    return nil
  }
}

extension CodeFormat {
  /// The bits that serve best: the fewer dimensions there are to tell of, the more.
  fileprivate static func usualBits(dimensions: Int) -> Int {
    switch dimensions {
    case ...24: 4
    case ..<128: 2
    default: 1
    }
  }
}

/// The number of a record: its page's block and its place there.
struct RecordID {
  let block: BlockNumber
  let place: Int

  init(block: BlockNumber, place: Int) {
    self.block = block
    self.place = place
  }

  init(_ number: UInt32, perPage: Int) {
    block = number / UInt32(truncatingIfNeeded: perPage)
    place = Int(number % UInt32(truncatingIfNeeded: perPage))
  }

  func number(perPage: Int) -> UInt32 {
    block &* UInt32(truncatingIfNeeded: perPage) &+ UInt32(truncatingIfNeeded: place)
  }
}
