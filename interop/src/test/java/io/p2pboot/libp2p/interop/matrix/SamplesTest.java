package io.p2pboot.libp2p.interop.matrix;

import org.junit.jupiter.api.Test;

import static org.assertj.core.api.Assertions.assertThat;

class SamplesTest {

	@Test
	void percentilesAreInterpolated() {
		Samples samples = Samples.ofMillis(new double[] { 4, 1, 3, 2 });
		assertThat(samples.percentile(0)).isEqualTo(1);
		assertThat(samples.percentile(0.25)).isEqualTo(1.75);
		assertThat(samples.percentile(0.5)).isEqualTo(2.5);
		assertThat(samples.percentile(1)).isEqualTo(4);
	}

	@Test
	void anOutlierIsNoExtreme() {
		String block = Samples.ofGigabits(new double[] { 1.3, 100, 1.1, 1.2, 1 }).block("upload");
		assertThat(block).isEqualTo("""
				upload:
				  iterations: 5
				  min: 1.00
				  q1: 1.10
				  median: 1.20
				  q3: 1.30
				  max: 1.30
				  outliers: [100.00]
				  samples: [1.00, 1.10, 1.20, 1.30, 100.00]
				  unit: Gbps
				""");
	}

	@Test
	void noSamplesMakeABlockOfZeros() {
		assertThat(Samples.ofMillis(new double[0]).block("latency")).isEqualTo("""
				latency:
				  iterations: 0
				  min: 0.000
				  q1: 0.000
				  median: 0.000
				  q3: 0.000
				  max: 0.000
				  outliers: []
				  samples: []
				  unit: ms
				""");
	}

}
