import Glibc

/// Memory that ends where an unmapped page begins: reading or writing beyond it ends the process.
final class GuardedPages {
  private let base: UnsafeMutableRawPointer
  private let page = Int(sysconf(Int32(_SC_PAGESIZE)))
  private let byteCount: Int

  /// At least so many bytes, then the guard.
  init(byteCount minimum: Int) {
    byteCount = (minimum + page - 1) / page * page
    base = mmap(
      nil, byteCount + page, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0)
    precondition(base != MAP_FAILED, "cannot map \(byteCount + page) bytes: errno \(errno)")
    precondition(mprotect(base + byteCount, page, PROT_NONE) == 0, "cannot guard: errno \(errno)")
  }

  deinit { munmap(base, byteCount + page) }

  /// A copy of the elements whose last byte is the last before the guard, so that it has no more
  /// than their alignment.
  func copy<Element>(_ elements: [Element]) -> UnsafeMutablePointer<Element> {
    let size = elements.count * MemoryLayout<Element>.stride
    let start = (base + byteCount - size).bindMemory(to: Element.self, capacity: elements.count)
    start.update(from: elements, count: elements.count)
    return start
  }
}
