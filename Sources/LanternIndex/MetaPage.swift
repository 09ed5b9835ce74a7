import CPostgres
import HNSW
import Vectors

/// What the meta page says, read at one moment.
@safe struct Meta {
  var values: LanternMeta

  /// The structure of a new, empty index.
  init(_ shape: IndexShape) {
    values = LanternMeta()
    values.magic = UInt32(LANTERN_MAGIC)
    values.version = UInt32(LANTERN_FORMAT_VERSION)
    values.metric = shape.metric.rawValue
    values.quant_bits = shape.format.width.rawValue
    values.dimensions = UInt32(truncatingIfNeeded: shape.format.dimensions)
    values.m = UInt32(truncatingIfNeeded: shape.m)
    values.ef_construction = UInt32(truncatingIfNeeded: shape.efConstruction)
    values.entry = .none
    values.origin_block = UInt32(LANTERN_NONE)
    let empty = LanternFreeSpace(target: UInt32(LANTERN_NONE), first_free: UInt32(LANTERN_NONE))
    values.space = (empty, empty, empty, empty)
    setCode(shape.code)
  }

  /// Says what codes of its neighbours a node keeps.
  mutating func setCode(_ code: CodeFormat?) {
    values.code_bits = UInt8(truncatingIfNeeded: code?.bits ?? 0)
    values.code_dimensions = UInt32(truncatingIfNeeded: code?.coded ?? 0)
    values.rotation_seed = code?.seed ?? 0
  }

  /// As the structure of a new, empty index, but for the dimensions.
  init(withoutDimensions shape: IndexShape) {
    self.init(shape)
    values.dimensions = 0
  }

  init(values: LanternMeta) { self.values = values }

  /// An empty index of the same structure.
  var emptied: Meta {
    var meta = self
    let empty = LanternFreeSpace(target: UInt32(LANTERN_NONE), first_free: UInt32(LANTERN_NONE))
    meta.values.space = (empty, empty, empty, empty)
    meta.values.origin_block = UInt32(LANTERN_NONE)
    meta.values.node_count = 0
    meta.values.tid_count = 0
    meta.entry = nil
    return meta
  }

  /// Whether the dimensions are known: an index that was built anew when its table was empty, and
  /// whose options do not say, takes them from the first row.
  var hasDimensions: Bool { values.dimensions > 0 }

  var entry: EntryPoint? {
    get {
      values.entry == .none
        ? nil : EntryPoint(vertex: values.entry, level: Int(values.entry_level))
    }
    set {
      values.entry = newValue?.vertex ?? .none
      values.entry_level = UInt8(truncatingIfNeeded: newValue?.level ?? 0)
    }
  }

  subscript(kind: PageKind) -> LanternFreeSpace {
    get {
      switch kind {
      case .nodes: values.space.1
      case .upper: values.space.2
      case .tids: values.space.3
      case .origin:
        LanternFreeSpace(
          target: UInt32(LANTERN_NONE), first_free: UInt32(LANTERN_NONE))
      }
    }
    set {
      switch kind {
      case .nodes: values.space.1 = newValue
      case .upper: values.space.2 = newValue
      case .tids: values.space.3 = newValue
      case .origin: break
      }
    }
  }
}

extension IndexFile {
  /// Reads the meta page. Raises an error when it is not one, or of another version. Cost: one
  /// page.
  func readMeta() -> Meta { meta(on: metaPage(.share)) }

  /// The meta page, locked: before any other page when both are needed.
  func metaPage(_ lock: PageLock) -> LockedPage {
    unsafe anyPage(BlockNumber(LANTERN_META_BLOCK), lock)
  }

  func meta(on page: borrowing LockedPage) -> Meta {
    // SAFETY: the meta page's values start after the page header and are smaller than a page.
    let start = unsafe UnsafeRawPointer(page.bytes) + Int(LANTERN_PAGE_START)
    let values = unsafe start.load(as: LanternMeta.self)
    if page.isNew || values.magic != UInt32(LANTERN_MAGIC) {
      reportCorrupted(block: page.block, "is not a meta page")
    }
    if values.version != UInt32(LANTERN_FORMAT_VERSION) {
      unsafe lantern_error_wrong_version(relation, values.version)
    }
    return Meta(values: values)
  }

  /// The structure that the meta page describes. Raises an error when no index can have it.
  func shape(_ meta: Meta) -> IndexShape {
    let values = meta.values
    guard let metric = Metric(rawValue: values.metric),
      let width = CodeWidth(rawValue: values.quant_bits),
      (2...128).contains(values.m),
      width == .thirtyTwo || !metric.isOfBits,
      (1...UInt32(IndexShape.maximumDimensions(width: width, m: Int(values.m))))
        .contains(values.dimensions),
      values.entry_level <= UInt8(maximumLevel), values.ef_construction <= 2000
    else {
      reportCorrupted(block: BlockNumber(LANTERN_META_BLOCK), "holds values that no index can have")
    }
    let format = VectorFormat(
      metric: metric, dimensions: Int(values.dimensions), width: width)
    let shape = IndexShape(
      format: format, m: Int(values.m), efConstruction: max(Int(values.ef_construction), 1),
      code: codeFormat(values, format))
    if shape.node.perPage == 0 {
      reportCorrupted(block: BlockNumber(LANTERN_META_BLOCK), "holds values that no index can have")
    }
    return shape
  }

  /// The neighbours' codes that the meta page describes; nil when there are none.
  private func codeFormat(_ values: LanternMeta, _ format: VectorFormat) -> CodeFormat? {
    if values.code_bits == 0 { return nil }
    let code = CodeFormat(
      bits: Int(values.code_bits), dimensions: format.dimensions,
      coded: Int(values.code_dimensions), seed: values.rotation_seed)
    let isPossible =
      CodeFormat.isPossible(bits: code.bits) && !format.metric.isOfBits
      && values.code_dimensions <= UInt32(CodeFormat.mostCoded)
      && values.code_dimensions >= 8 && values.code_dimensions % 8 == 0
    if !isPossible {
      reportCorrupted(block: BlockNumber(LANTERN_META_BLOCK), "holds values that no index can have")
    }
    return code
  }

  /// The structure of the index, whose dimensions are those of the first vector unless they are
  /// known. Raises an error when a vector of that length does not fit a page.
  func shape(forFirst vector: IndexedVector) -> IndexShape {
    let meta = readMeta()
    return meta.hasDimensions ? shape(meta) : settleDimensions(vector)
  }

  private func settleDimensions(_ vector: IndexedVector) -> IndexShape {
    let page = metaPage(.exclusive)
    var meta = meta(on: page)
    if meta.hasDimensions { return shape(meta) }
    guard let width = CodeWidth(rawValue: meta.values.quant_bits),
      let metric = Metric(rawValue: meta.values.metric), (2...128).contains(meta.values.m)
    else { reportCorrupted(block: page.block, "holds values that no index can have") }
    let format = VectorFormat(metric: metric, dimensions: vector.count, width: width)
    checkFit(format, m: Int(meta.values.m))
    vector.check(dimensions: vector.count)
    meta.values.dimensions = UInt32(truncatingIfNeeded: vector.count)
    let bits = unsafe Int(lantern_index_options(relation).code_bits)
    meta.setCode(CodeFormat(fitting: format, bits: bits, m: Int(meta.values.m)))
    let change = beginChange()
    change.image(of: page).write(meta)
    change.finish()
    return shape(meta)
  }

  /// Raises an error unless a node of this format fits a page.
  func checkFit(_ format: VectorFormat, m: Int) {
    let limit = IndexShape.maximumDimensions(width: format.width, m: m)
    if format.dimensions < 1 { lantern_error_no_dimensions() }
    if format.dimensions > limit {
      lantern_error_too_many_dimensions(
        Int32(truncatingIfNeeded: format.dimensions),
        format.metric.isOfBits ? 0 : Int32(format.width.rawValue), Int32(truncatingIfNeeded: m),
        Int32(truncatingIfNeeded: limit))
    }
  }

  /// Writes the meta page of a new index as block 0 of an empty fork.
  func createMetaPage(_ meta: Meta) {
    let page = extend()
    let change = beginChange()
    let image = change.image(of: page, isNew: true)
    unsafe lantern_page_init(image.bytes, UInt16(LANTERN_PAGE_META))
    image.write(meta)
    change.finish()
  }
}

extension PageImage {
  func write(_ meta: Meta) {
    // SAFETY: as in `IndexFile.meta(on:)`.
    let start = unsafe UnsafeMutableRawPointer(bytes) + Int(LANTERN_PAGE_START)
    unsafe start.storeBytes(of: meta.values, as: LanternMeta.self)
  }
}
