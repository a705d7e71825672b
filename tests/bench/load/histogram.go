package main

import "math/bits"

// Histogram counts values in buckets whose width is at most 1/128 of the value, so that its
// memory is fixed and its percentiles are right to 0.8 %.
type Histogram struct {
	buckets [64 * precision]int64
	total   int64
}

const (
	precisionBits = 7
	precision     = 1 << precisionBits
)

func bucketOf(v uint64) int {
	shift := bits.Len64(v) - 1 - precisionBits
	if shift <= 0 {
		return int(v)
	}
	return shift*precision + int(v>>shift)
}

// lowest is the smallest value in bucket i.
func lowest(i int) uint64 {
	if i < 2*precision {
		return uint64(i)
	}
	shift := i/precision - 1
	return uint64(i-shift*precision) << shift
}

func (h *Histogram) Record(v int64) {
	h.buckets[bucketOf(uint64(max(v, 0)))]++
	h.total++
}

func (h *Histogram) Add(other *Histogram) {
	for i, n := range other.buckets {
		h.buckets[i] += n
	}
	h.total += other.total
}

// Quantile is the value that the share q (0 to 1) of all values does not exceed; 0 if empty.
func (h *Histogram) Quantile(q float64) float64 {
	rank := int64(q * float64(h.total-1))
	for i, n := range h.buckets {
		if rank -= n; n > 0 && rank < 0 {
			return float64(lowest(i)+lowest(i+1)-1) / 2
		}
	}
	return 0
}
