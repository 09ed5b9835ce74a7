import CPostgres
import HNSW
import Vectors

/// Where the parts of a node or of an upper vertex lie, in bytes from its start.
struct VertexLayout {
  let format: VectorFormat
  /// The most neighbours: 2m for a node, m for an upper vertex.
  let degree: Int
  let idsOffset: Int
  /// Where the mask's words beyond the header's first are.
  let maskOffset: Int
  let size: Int
  let perPage: Int

  static var codesOffset: Int { MemoryLayout<LanternVertex>.size }

  init(_ format: VectorFormat, degree: Int) {
    self.format = format
    self.degree = degree
    idsOffset = Self.codesOffset &+ (format.byteCount &+ 3) & ~3
    maskOffset = idsOffset &+ 4 &* degree
    size = maskOffset &+ 4 &* max((degree &+ 31) / 32 &- 1, 0)
    perPage = Int(LANTERN_PAGE_ROOM) / size
  }
}

/// The structure of an index, fixed when it is built.
struct IndexShape {
  let format: VectorFormat
  let m: Int
  let efConstruction: Int
  let node: VertexLayout
  let upper: VertexLayout

  var metric: Metric { format.metric }

  init(format: VectorFormat, m: Int, efConstruction: Int) {
    self.format = format
    self.m = m
    self.efConstruction = efConstruction
    node = VertexLayout(format, degree: 2 &* m)
    upper = VertexLayout(format, degree: m)
  }

  func layout(level: Int) -> VertexLayout { level == 0 ? node : upper }

  /// The number of records on a page of a kind.
  func perPage(_ kind: PageKind) -> Int {
    switch kind {
    case .nodes: node.perPage
    case .upper: upper.perPage
    case .tids: Int(LANTERN_PAGE_ROOM) / MemoryLayout<LanternTIDRecord>.stride
    }
  }

  /// The most dimensions of which a node fits a page.
  static func maximumDimensions(width: CodeWidth, m: Int) -> Int {
    let rest = VertexLayout(VectorFormat(dimensions: 0, width: width), degree: 2 &* m).size
    return min((Int(LANTERN_PAGE_ROOM) &- rest) / width.bytesPerComponent, maximumDimensions)
  }

  static var maximumDimensions: Int { 8000 }
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
