// swift-tools-version: 6.2
import Foundation
import PackageDescription

/// The server's header directory, as `pg_config` (or the program that PG_CONFIG names) prints it.
let serverHeaders: String? = {
  let process = Process()
  process.executableURL = URL(fileURLWithPath: "/usr/bin/env")
  process.arguments = [
    ProcessInfo.processInfo.environment["PG_CONFIG"] ?? "pg_config", "--includedir-server",
  ]
  let output = Pipe()
  process.standardOutput = output
  process.standardError = FileHandle.nullDevice
  guard (try? process.run()) != nil else { return nil }
  let text = String(decoding: output.fileHandleForReading.readDataToEndOfFile(), as: UTF8.self)
  process.waitUntilExit()
  return process.terminationStatus == 0 ? text.trimmingCharacters(in: .whitespacesAndNewlines) : nil
}()

let strict: [SwiftSetting] = [.treatAllWarnings(as: .error)]

// The Extension trait compiles the index for the server: Embedded Swift, no runtime, no Swift heap.
let index: [SwiftSetting] =
  strict + [
    .strictMemorySafety(),
    .enableExperimentalFeature("Embedded", .when(traits: ["Extension"])),
    .unsafeFlags(["-wmo", "-no-allocations"], .when(traits: ["Extension"])),
  ]

let warnings = ["-Wall", "-Wextra", "-Werror"]

var targets: [Target] = [
  // The index, from the bottom up; `HNSW` and `Vectors` know nothing of Postgres.
  .target(name: "CKernels", cSettings: [.unsafeFlags(warnings + ["-O2"])]),
  .target(name: "Vectors", dependencies: ["CKernels"], swiftSettings: index),
  .target(name: "HNSW", dependencies: ["CKernels", "Vectors"], swiftSettings: index),
  .testTarget(name: "VectorsTests", dependencies: ["Vectors"], swiftSettings: strict),
  .testTarget(name: "HNSWTests", dependencies: ["HNSW"], swiftSettings: strict),

  // The command-line program.
  .systemLibrary(name: "CLibPQ", pkgConfig: "libpq", providers: [.apt(["libpq-dev"])]),
  .target(name: "PostgresClient", dependencies: ["CLibPQ"], swiftSettings: strict),
  .target(name: "MovieLens", swiftSettings: strict),
  .executableTarget(
    name: "LanternCLI",
    dependencies: [
      "CKernels", "MovieLens", "PostgresClient",
      .product(name: "ArgumentParser", package: "swift-argument-parser"),
    ], swiftSettings: strict),
  .testTarget(name: "MovieLensTests", dependencies: ["MovieLens"], swiftSettings: strict),
  .testTarget(
    name: "LanternCLITests",
    dependencies: [
      "LanternCLI", "MovieLens", "PostgresClient",
      .product(name: "ArgumentParser", package: "swift-argument-parser"),
    ], swiftSettings: strict),
]

// The access method needs the server's headers; the rest of the package builds without them.
if let serverHeaders {
  let flags = ["-isystem\(serverHeaders)", "-D_GNU_SOURCE"]
  targets += [
    .target(name: "CPostgres", cSettings: [.unsafeFlags(flags + warnings)]),
    .target(
      name: "LanternIndex", dependencies: ["CPostgres", "HNSW", "Vectors"], exclude: ["README.md"],
      swiftSettings: index + [.unsafeFlags(flags.flatMap { ["-Xcc", $0] })]),
  ]
}

let package = Package(
  name: "lantern",
  products: [
    .executable(name: "lantern", targets: ["LanternCLI"])
  ]
    + (serverHeaders == nil
      ? [] : [.library(name: "LanternIndex", type: .static, targets: ["LanternIndex"])]),
  traits: [
    .trait(
      name: "Extension", description: "Compile the index for the server: Embedded Swift, no heap.")
  ],
  dependencies: [
    .package(url: "https://github.com/apple/swift-argument-parser", from: "1.8.2")
  ],
  targets: targets
)
