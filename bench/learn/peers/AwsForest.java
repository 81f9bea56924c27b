// SPDX-License-Identifier: Apache-2.0
// AWS's random cut forest on the rows that netanomaly_bench_half_space FOLDER rows SET ORDER writes: each scored, then
// learnt. Prints a name, the area under the curve without the first 300 rows, rows a second of thread time, and -1 for
// the bytes it holds, tabs between: letting go of a forest gives no heap back that could be counted.
//
//     javac -cp randomcutforest-core.jar AwsForest.java Rows.java
//     java -cp randomcutforest-core.jar:. AwsForest ROWS.csv [SEEDS]
import com.amazon.randomcutforest.RandomCutForest;
import java.util.ArrayList;
import java.util.List;

public class AwsForest {
  public static void main(String[] a) throws Exception {
    Rows rows = new Rows(a[0]);
    List<float[]> points = new ArrayList<>();
    for (double[] row : rows.values) {
      float[] point = new float[rows.features()];
      for (int i = 0; i < point.length; ++i) point[i] = (float) row[i];
      points.add(point);
    }
    double auc = 0, took = 0;
    int seeds = a.length > 1 ? Integer.parseInt(a[1]) : 1;
    for (int seed = 1; seed <= seeds; ++seed) {
      double[] scores = new double[points.size()];
      RandomCutForest forest = RandomCutForest.builder().dimensions(rows.features()).numberOfTrees(50).sampleSize(256)
          .parallelExecutionEnabled(false).randomSeed(seed).build();
      double start = Rows.ran();
      for (int i = 0; i < scores.length; ++i) {
        scores[i] = forest.getAnomalyScore(points.get(i));
        forest.update(points.get(i));
      }
      took += Rows.ran() - start;
      if (forest.getTotalUpdates() != scores.length) throw new IllegalStateException("rows were lost");
      auc += rows.area(scores) / seeds;
    }
    System.out.printf("AWS random cut forest\t%.4f\t%.0f\t-1%n", auc, points.size() * seeds / took);
  }
}
