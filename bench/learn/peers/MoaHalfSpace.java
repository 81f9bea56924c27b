// SPDX-License-Identifier: Apache-2.0
// MOA's half-space trees on the rows that netanomaly_bench_half_space FOLDER rows SET ORDER writes: each scored, then
// learnt, its label hidden; area under the curve without the first 300 rows, and rows a second of thread time.
//
//     javac -cp moa.jar MoaHalfSpace.java
//     java -cp moa.jar:. MoaHalfSpace ROWS.csv [LEARNER]
import com.yahoo.labs.samoa.instances.Attribute;
import com.yahoo.labs.samoa.instances.DenseInstance;
import com.yahoo.labs.samoa.instances.Instance;
import com.yahoo.labs.samoa.instances.Instances;
import com.yahoo.labs.samoa.instances.InstancesHeader;
import java.io.BufferedReader;
import java.io.FileReader;
import java.lang.management.ManagementFactory;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import moa.classifiers.Classifier;
import moa.core.InstanceExample;
import moa.options.ClassOption;

public class MoaHalfSpace {
  public static void main(String[] a) throws Exception {
    String learnerText = a.length > 1 ? a[1] : "oneclass.HSTrees -p 250 -t 25 -h 15";
    List<double[]> values = new ArrayList<>();
    try (BufferedReader in = new BufferedReader(new FileReader(a[0]))) {
      for (String line; (line = in.readLine()) != null;)
        values.add(Arrays.stream(line.split(",")).mapToDouble(Double::parseDouble).toArray());
    }
    int features = values.get(0).length - 1;
    ArrayList<Attribute> attributes = new ArrayList<>();
    for (int i = 0; i < features; ++i) attributes.add(new Attribute("x" + i));
    attributes.add(new Attribute("class", Arrays.asList("normal", "anomaly")));
    InstancesHeader header = new InstancesHeader(new Instances("rows", attributes, 0));
    header.setClassIndex(features);
    boolean[] anomalous = new boolean[values.size()];
    List<Instance> rows = new ArrayList<>();
    for (int i = 0; i < anomalous.length; ++i) {
      double[] row = values.get(i).clone();
      anomalous[i] = row[features] != 0;
      row[features] = 0;  // hidden
      Instance instance = new DenseInstance(1.0, row);
      instance.setDataset(header);
      rows.add(instance);
    }
    double auc = 0, took = 0;
    int seeds = 3;
    for (int seed = 1; seed <= seeds; ++seed) {
      Classifier learner = (Classifier) ClassOption.cliStringToObject(learnerText, Classifier.class, null);
      learner.setModelContext(header);
      learner.setRandomSeed(seed);
      learner.prepareForUse();
      double[] scores = new double[anomalous.length];
      long start = ManagementFactory.getThreadMXBean().getCurrentThreadCpuTime();
      for (int i = 0; i < scores.length; ++i) {
        InstanceExample example = new InstanceExample(rows.get(i));
        double[] votes = learner.getVotesForInstance(example);
        scores[i] = votes.length > 1 ? votes[1] : 0;
        learner.trainOnInstance(example);
      }
      took += 1e-9 * (ManagementFactory.getThreadMXBean().getCurrentThreadCpuTime() - start);
      auc += area(scores, anomalous) / seeds;
    }
    System.out.printf("MOA %s: AUC %.4f, %.0f thousand rows/s%n", learnerText, auc, anomalous.length * seeds / took / 1e3);
  }

  private static double area(double[] scores, boolean[] anomalous) {
    Integer[] order = new Integer[scores.length - 300];
    for (int i = 0; i < order.length; ++i) order[i] = i + 300;
    Arrays.sort(order, (x, y) -> Double.compare(scores[x], scores[y]));
    double positives = 0, negatives = 0, sum = 0;
    for (int i = 0; i < order.length;) {
      double p = 0, n = 0, score = scores[order[i]];
      for (; i < order.length && scores[order[i]] == score; ++i)
        if (anomalous[order[i]]) ++p;
        else ++n;
      sum += p * (negatives + n / 2);
      positives += p;
      negatives += n;
    }
    return sum / (positives * negatives);
  }
}
