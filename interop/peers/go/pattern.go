package main

import "io"

// patternAt is the byte of the pattern at an offset.
func patternAt(i uint64) byte {
	return byte(i*167 + (i>>8)*13 + (i>>16)*7)
}

// patternReader yields the pattern; left counts down, and less than 0 at first means without end.
type patternReader struct {
	offset uint64
	left   int64
}

func (r *patternReader) Read(into []byte) (int, error) {
	if r.left == 0 {
		return 0, io.EOF
	}
	if r.left > 0 && int64(len(into)) > r.left {
		into = into[:r.left]
	}
	for i := range into {
		into[i] = patternAt(r.offset + uint64(i))
	}
	r.offset += uint64(len(into))
	if r.left > 0 {
		r.left -= int64(len(into))
	}
	return len(into), nil
}

// patternCheck is written what was received.
type patternCheck struct {
	n     int64
	wrong bool
}

func (c *patternCheck) Write(data []byte) (int, error) {
	for i, b := range data {
		if b != patternAt(uint64(c.n)+uint64(i)) {
			c.wrong = true
		}
	}
	c.n += int64(len(data))
	return len(data), nil
}

// copyChunks writes what it reads in pieces of one size.
func copyChunks(to io.Writer, from io.Reader, chunk int) (int64, error) {
	buffer := make([]byte, chunk)
	var written int64
	for {
		n, err := io.ReadFull(from, buffer)
		if n > 0 {
			w, werr := to.Write(buffer[:n])
			written += int64(w)
			if werr != nil {
				return written, werr
			}
		}
		if err == io.EOF || err == io.ErrUnexpectedEOF {
			return written, nil
		}
		if err != nil {
			return written, err
		}
	}
}
