// SPDX-License-Identifier: Apache-2.0
import java.io.BufferedReader;
import java.io.FileReader;
import java.io.IOException;
import java.lang.management.ManagementFactory;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;

/** Rows of a CSV without a head, the last column the label, and what is measured on them. */
class Rows {
  final List<double[]> values = new ArrayList<>();

  Rows(String path) throws IOException {
    try (BufferedReader in = new BufferedReader(new FileReader(path))) {
      for (String line; (line = in.readLine()) != null;)
        values.add(Arrays.stream(line.split(",")).mapToDouble(Double::parseDouble).toArray());
    }
  }

  int features() { return values.get(0).length - 1; }

  /** Area under the curve without the first 300 rows. */
  double area(double[] scores) {
    Integer[] order = new Integer[scores.length - 300];
    for (int i = 0; i < order.length; ++i) order[i] = i + 300;
    Arrays.sort(order, (x, y) -> Double.compare(scores[x], scores[y]));
    double positives = 0, negatives = 0, sum = 0;
    for (int i = 0; i < order.length;) {
      double p = 0, n = 0, score = scores[order[i]];
      for (; i < order.length && scores[order[i]] == score; ++i)
        if (values.get(order[i])[features()] != 0) ++p;
        else ++n;
      sum += p * (negatives + n / 2);
      positives += p;
      negatives += n;
    }
    return sum / (positives * negatives);
  }

  /** Seconds that this thread has run. */
  static double ran() { return 1e-9 * ManagementFactory.getThreadMXBean().getCurrentThreadCpuTime(); }

  /** Bytes of the heap that something refers to. */
  static long heap() {
    System.gc();
    return ManagementFactory.getMemoryMXBean().getHeapMemoryUsage().getUsed();
  }
}
