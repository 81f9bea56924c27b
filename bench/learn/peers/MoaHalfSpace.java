// SPDX-License-Identifier: Apache-2.0
// MOA's half-space trees on the rows that netanomaly_bench_half_space FOLDER rows SET ORDER writes: each scored, then
// learnt, its label hidden. Prints a name, the area under the curve without the first 300 rows, rows a second of thread
// time, and bytes of the heap that the trees hold at the end, tabs between.
//
//     javac -cp moa.jar MoaHalfSpace.java Rows.java
//     java -cp moa.jar:. MoaHalfSpace ROWS.csv [SEEDS [LEARNER]]
import com.yahoo.labs.samoa.instances.Attribute;
import com.yahoo.labs.samoa.instances.DenseInstance;
import com.yahoo.labs.samoa.instances.Instance;
import com.yahoo.labs.samoa.instances.Instances;
import com.yahoo.labs.samoa.instances.InstancesHeader;
import java.lang.ref.Reference;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import moa.classifiers.Classifier;
import moa.core.InstanceExample;
import moa.options.ClassOption;

public class MoaHalfSpace {
  public static void main(String[] a) throws Exception {
    int seeds = a.length > 1 ? Integer.parseInt(a[1]) : 1;
    String learnerText = a.length > 2 ? a[2] : "oneclass.HSTrees -p 250 -t 25 -h 15";
    Rows read = new Rows(a[0]);
    int features = read.features();
    ArrayList<Attribute> attributes = new ArrayList<>();
    for (int i = 0; i < features; ++i) attributes.add(new Attribute("x" + i));
    attributes.add(new Attribute("class", Arrays.asList("normal", "anomaly")));
    InstancesHeader header = new InstancesHeader(new Instances("rows", attributes, 0));
    header.setClassIndex(features);
    List<Instance> rows = new ArrayList<>();
    for (double[] values : read.values) {
      double[] row = values.clone();
      row[features] = 0;  // hidden
      Instance instance = new DenseInstance(1.0, row);
      instance.setDataset(header);
      rows.add(instance);
    }
    double auc = 0, took = 0;
    long held = 0;
    for (int seed = 1; seed <= seeds; ++seed) {
      double[] scores = new double[rows.size()];
      Classifier learner = (Classifier) ClassOption.cliStringToObject(learnerText, Classifier.class, null);
      learner.setModelContext(header);
      learner.setRandomSeed(seed);
      learner.prepareForUse();
      double start = Rows.ran();
      for (int i = 0; i < scores.length; ++i) {
        InstanceExample example = new InstanceExample(rows.get(i));
        double[] votes = learner.getVotesForInstance(example);
        scores[i] = votes.length > 1 ? votes[1] : 0;
        learner.trainOnInstance(example);
      }
      took += Rows.ran() - start;
      long with = Rows.heap();
      Reference.reachabilityFence(learner);
      learner = null;
      held = with - Rows.heap();
      auc += read.area(scores) / seeds;
    }
    System.out.printf("MOA %s\t%.4f\t%.0f\t%d%n", learnerText, auc, rows.size() * seeds / took, held);
  }
}
