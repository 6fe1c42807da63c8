// Package tree reads configuration and callout bodies into one strict tree
// and decodes that tree with a cursor that collects every mistake.
//
// Three sources give the same tree: JSON text (ParseJSON), the raw bytes of a
// google.protobuf.Struct, which is how Envoy hands a Struct to a Wasm module
// (ParseStruct), and, natively only, YAML (ParseYAML). All three refuse what
// two readers could understand differently: duplicate member names, invalid
// UTF-8, numbers that no float64 holds.
package tree
