import CPostgres
import HNSW

/// A page with a free record on it, locked exclusively.
struct FreeRecord: ~Copyable {
  let page: LockedPage
  let place: Int
}

/// Where new records go: for each kind of page the meta page names a target, which is used until it
/// is full, and the head of a list of pages on which vacuum has freed records.
extension IndexFile {
  /// Finds room for a record. Cost: the meta page and one page; now and then a page is added to the
  /// file.
  ///
  /// No page may be locked by the caller but a node's when the record is one of TIDs: the meta page
  /// comes before all other pages in the order of locks.
  func freeRecord(_ kind: PageKind, _ shape: IndexShape) -> FreeRecord {
    var target = readMeta()[kind].target
    while true {
      lantern_check_for_interrupts()
      if target != UInt32(LANTERN_NONE) {
        let page = unsafe self.page(target, kind, .exclusive)
        if let place = freePlace(on: page, kind, shape) {
          return FreeRecord(page: page, place: place)
        }
      }
      target = advanceTarget(kind, from: target, shape)
    }
  }

  /// The first free record's place on a page.
  func freePlace(on page: borrowing LockedPage, _ kind: PageKind, _ shape: IndexShape) -> Int? {
    for place in 0..<shape.perPage(kind) {
      let isFree =
        switch kind {
        case .nodes: VertexRecord(page, place, shape.node).isFree
        case .upper: VertexRecord(page, place, shape.upper).isFree
        case .tids: TIDRecord(page, place).isFree
        case .origin: false
        }
      if isFree { return place }
    }
    return nil
  }

  /// Names another target than the full one, unless somebody else has done so meanwhile, and
  /// returns it.
  func advanceTarget(
    _ kind: PageKind, from full: BlockNumber, _ shape: IndexShape
  ) -> BlockNumber {
    let metaPage = self.metaPage(.exclusive)
    var meta = self.meta(on: metaPage)
    if meta[kind].target != full { return meta[kind].target }
    let change = beginChange()
    if meta[kind].first_free != UInt32(LANTERN_NONE) {
      let page = unsafe self.page(meta[kind].first_free, kind, .exclusive)
      meta[kind] = LanternFreeSpace(target: page.block, first_free: page.nextFree)
      change.image(of: page).setNextFree(BlockNumber(LANTERN_NONE), listed: false)
      change.image(of: metaPage).write(meta)
      change.finish()
    } else {
      if UInt64(blockCount &+ 1) &* UInt64(shape.perPage(kind)) >= UInt64(VertexID.limit) {
        unsafe lantern_error_index_full(relation)
      }
      let page = extend()
      meta[kind].target = page.block
      change.image(of: page, isNew: true).initializeGrowing(kind, shape)
      change.image(of: metaPage).write(meta)
      change.finish()
    }
    return meta[kind].target
  }

  /// Puts a page on the list of those with free records, unless it is there or is the target.
  func listFreePage(_ block: BlockNumber, _ kind: PageKind) {
    let metaPage = self.metaPage(.exclusive)
    var meta = self.meta(on: metaPage)
    let page = unsafe self.page(block, kind, .exclusive)
    if page.isListed || meta[kind].target == block { return }
    let change = beginChange()
    change.image(of: page).setNextFree(meta[kind].first_free, listed: true)
    meta[kind].first_free = block
    change.image(of: metaPage).write(meta)
    change.finish()
  }
}

extension IndexFile {
  /// Makes a page of nodes of one that a crash left uninitialized.
  ///
  /// The meta page is locked meanwhile, as it is when a page is added, so that no other backend is
  /// about to use it.
  func adoptNewPage(_ block: BlockNumber) {
    let metaPage = self.metaPage(.exclusive)
    _ = meta(on: metaPage)
    let page = unsafe anyPage(block, .exclusive)
    if !page.isNew { return }
    let change = beginChange()
    unsafe lantern_page_init_growing(
      change.image(of: page, isNew: true).bytes, PageKind.nodes.rawValue)
    change.finish()
  }
}

extension PageImage {
  /// Makes an empty page: all its records are free.
  func initialize(_ kind: PageKind, _ shape: IndexShape) {
    initialize(kind)
    // A vertex of zeroes is free; a TID record says so by its owner.
    if kind == .tids {
      for place in 0..<shape.perPage(kind) { TIDRecord(self, place).free() }
    }
  }

  /// As `initialize`, for a page to which vertices come one by one.
  func initializeGrowing(_ kind: PageKind, _ shape: IndexShape) {
    if kind == .tids { return initialize(kind, shape) }
    unsafe lantern_page_init_growing(bytes, kind.rawValue)
  }

  /// The record at a place of a page that grows, to be written.
  func vertex(_ place: Int, _ layout: VertexLayout) -> VertexRecord {
    unsafe lantern_page_cover(bytes, Int(LANTERN_PAGE_START) &+ (place &+ 1) &* layout.size)
    return VertexRecord(self, place, layout)
  }
}
