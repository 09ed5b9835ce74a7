import CPostgres

/// Swift's own, where the server's headers have a type of the same name.
typealias Float = Swift.Float

/// How a page is locked; the raw values are the server's BUFFER_LOCK_SHARE and
/// BUFFER_LOCK_EXCLUSIVE.
enum PageLock: Int32 {
  case share = 1
  case exclusive = 2
}

/// The kinds of pages that hold records.
enum PageKind: UInt16 {
  case nodes = 1
  case upper = 2
  case tids = 3
  /// The vector that the neighbours' codes are relative to.
  case origin = 4
}

/// A pinned and locked page of the index, unlocked and released when it goes out of scope.
///
/// When an error leaves by a jump the deinitializer does not run, and transaction abort releases
/// lock and pin.
@safe struct LockedPage: ~Copyable {
  let buffer: Buffer
  let block: BlockNumber
  /// The page's bytes in the buffer; written only through `PageChange`.
  let bytes: UnsafeMutablePointer<CChar>

  deinit { UnlockReleaseBuffer(buffer) }
}

/// The index relation's main fork, or its init fork, as locked pages: the only way to its buffers.
@safe struct IndexFile {
  let relation: Relation
  /// False during a build, whose pages are logged as a whole at its end.
  var isLogged = true
  var fork = MAIN_FORKNUM

  var blockCount: BlockNumber { unsafe lantern_block_count(relation, fork) }

  /// Reads a page of a kind. Raises an error when it is not one of ours, or of another kind.
  func page(
    _ block: BlockNumber, _ kind: PageKind, _ lock: PageLock,
    strategy: BufferAccessStrategy? = nil
  ) -> LockedPage {
    // The meta page is often locked meanwhile: a link to it would wait for itself.
    if block == BlockNumber(LANTERN_META_BLOCK) { reportCorrupted(block: block, "is linked to") }
    let page = unsafe anyPage(block, lock, strategy: strategy)
    if page.kind != kind {
      reportCorrupted(block: block, "is of another kind than its links say")
    }
    return page
  }

  /// Reads a page of any kind but checks nothing.
  func anyPage(
    _ block: BlockNumber, _ lock: PageLock, strategy: BufferAccessStrategy? = nil
  ) -> LockedPage {
    // SAFETY: the relation is open and locked by the caller of the access method's function.
    let buffer =
      unsafe strategy == nil
      ? lantern_read_buffer(relation, fork, block)
      : ReadBufferExtended(relation, fork, block, RBM_NORMAL, strategy)
    LockBuffer(buffer, lock.rawValue)
    return unsafe LockedPage(buffer: buffer, block: block, bytes: lantern_buffer_page(buffer))
  }

  /// A page's kind; nil for one that a crash left uninitialized. Raises an error for any other
  /// page.
  func kind(of page: borrowing LockedPage) -> PageKind? {
    if page.isNew { return nil }
    guard let kind = page.kind else {
      reportCorrupted(block: page.block, "is not a page of this index")
    }
    return kind
  }

  /// Adds a page at the end, locked exclusively and still to be initialized.
  func extend() -> LockedPage {
    let buffer = unsafe lantern_extend(relation, fork)
    return unsafe LockedPage(
      buffer: buffer, block: BufferGetBlockNumber(buffer), bytes: lantern_buffer_page(buffer))
  }

  /// Adds as many pages at the end of the main fork as a build takes on at once, and gives `body`
  /// each, locked exclusively and still to be initialized; it is to release it.
  func extend(by count: Int, _ body: (consuming LockedPage) -> Void) {
    var buffers = InlineArray<16, Buffer>(repeating: 0)
    var left = count
    while left > 0 {
      var span = buffers.mutableSpan
      // SAFETY: there is room for LANTERN_MOST_EXTENDED buffers, and no more are asked for.
      let added = unsafe span.withUnsafeMutableBufferPointer {
        unsafe Int(
          lantern_extend_by(relation, Int32(truncatingIfNeeded: left), $0.baseAddress))
      }
      for index in 0..<added {
        let buffer = buffers[index]
        LockBuffer(buffer, PageLock.exclusive.rawValue)
        body(
          unsafe LockedPage(
            buffer: buffer, block: BufferGetBlockNumber(buffer), bytes: lantern_buffer_page(buffer))
        )
      }
      left &-= added
    }
  }

  /// A change of pages, logged as one record.
  func beginChange() -> PageChange {
    if isLogged { unsafe lantern_begin_change(relation) }
    return PageChange(isLogged: isLogged)
  }
}

extension LockedPage {
  /// The page's kind; nil when it is new, or not one of ours.
  var kind: PageKind? {
    // SAFETY: the special space lies at a fixed place at the page's end. That of a new page is zero.
    let special = unsafe lantern_page_special(bytes).pointee
    if special.page_id != UInt16(LANTERN_PAGE_ID) { return nil }
    return PageKind(rawValue: special.kind & ~UInt16(LANTERN_PAGE_LISTED))
  }

  /// Whether the page was never initialized, as after a crash between extending the file and
  /// logging the page.
  var isNew: Bool { unsafe lantern_page_is_new(bytes) }
  /// Whether the page is on its kind's list of pages with free records.
  var isListed: Bool {
    unsafe lantern_page_special(bytes).pointee.kind & UInt16(LANTERN_PAGE_LISTED) != 0
  }
  var nextFree: BlockNumber { unsafe lantern_page_special(bytes).pointee.next_free }
}

/// A change of up to four locked pages, replayed as a whole or not at all. There is one at a time.
struct PageChange: ~Copyable {
  /// The most pages.
  static var capacity: Int { Int(LANTERN_CHANGE_PAGES) }

  /// False when pages are changed in place, without a log record.
  fileprivate let isLogged: Bool

  /// The image of a page to write to; `isNew` when all of it will be. Nothing is written to the page
  /// before the change is finished, so one that is given up leaves nothing behind.
  func image(of page: borrowing LockedPage, isNew: Bool = false) -> PageImage {
    if !isLogged {
      MarkBufferDirty(page.buffer)
      return unsafe PageImage(bytes: page.bytes)
    }
    // SAFETY: the page is locked exclusively, and the image is a copy of it in memory of its own.
    return unsafe PageImage(bytes: lantern_change_image(page.buffer, isNew))
  }

  /// Logs and applies the change.
  consuming func finish() {
    if isLogged { lantern_finish_change() }
  }
}

/// A page that may be written.
@safe struct PageImage {
  let bytes: UnsafeMutablePointer<CChar>

  func initialize(_ kind: PageKind) { unsafe lantern_page_init(bytes, kind.rawValue) }

  func setNextFree(_ block: BlockNumber, listed: Bool) {
    // SAFETY: the special space lies at a fixed place at the page's end.
    let special = unsafe lantern_page_special(bytes)!
    unsafe special.pointee.next_free = block
    let kind = unsafe special.pointee.kind & ~UInt16(LANTERN_PAGE_LISTED)
    unsafe special.pointee.kind = listed ? kind | UInt16(LANTERN_PAGE_LISTED) : kind
  }
}
