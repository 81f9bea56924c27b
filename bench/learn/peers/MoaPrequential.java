// SPDX-License-Identifier: Apache-2.0
// MOA on the rows that netanomaly_bench_learn --csv writes: each predicted, then learnt. The last column is the class.
// NOMINAL: the cardinality of each attribute, 0 where it is numeric. Prints a learner, the share predicted right, rows a
// second of thread time, and bytes of the heap that it holds at the end, tabs between; once for each of -Dtimes=N runs.
//
//     javac -cp moa.jar MoaPrequential.java Rows.java
//     java -cp moa.jar:. MoaPrequential ROWS.csv CLASSES NOMINAL(0,0,5,...) LEARNER[;LEARNER...]
import com.yahoo.labs.samoa.instances.Attribute;
import com.yahoo.labs.samoa.instances.DenseInstance;
import com.yahoo.labs.samoa.instances.Instance;
import com.yahoo.labs.samoa.instances.Instances;
import com.yahoo.labs.samoa.instances.InstancesHeader;
import java.lang.ref.Reference;
import java.util.ArrayList;
import java.util.List;
import moa.classifiers.Classifier;
import moa.core.InstanceExample;
import moa.core.Utils;
import moa.options.ClassOption;

public class MoaPrequential {
  public static void main(String[] a) throws Exception {
    int classes = Integer.parseInt(a[1]);
    String[] cardinalities = a[2].split(",");
    ArrayList<Attribute> attributes = new ArrayList<>();
    for (int i = 0; i < cardinalities.length; ++i) {
      int many = Integer.parseInt(cardinalities[i]);
      attributes.add(many == 0 ? new Attribute("x" + i) : new Attribute("x" + i, names(many)));
    }
    attributes.add(new Attribute("class", names(classes)));
    InstancesHeader header = new InstancesHeader(new Instances("rows", attributes, 0));
    header.setClassIndex(cardinalities.length);

    List<Instance> rows = new ArrayList<>();
    for (double[] values : new Rows(a[0]).values) {
      Instance row = new DenseInstance(1.0, values);
      row.setDataset(header);
      rows.add(row);
    }
    for (String spec : a[3].split(";"))
      for (int time = 1; time <= Integer.parseInt(System.getProperty("times", "2")); ++time) {
        Classifier learner = (Classifier) ClassOption.cliStringToObject(spec, Classifier.class, null);
        learner.setModelContext(header);
        learner.prepareForUse();
        long right = 0;
        double start = Rows.ran();
        for (Instance row : rows) {
          InstanceExample example = new InstanceExample(row);
          if (Utils.maxIndex(learner.getVotesForInstance(example)) == (int) row.classValue()) ++right;
          learner.trainOnInstance(example);
        }
        double took = Rows.ran() - start;
        long with = Rows.heap();
        Reference.reachabilityFence(learner);
        learner = null;
        long held = with - Rows.heap();
        System.out.printf("MOA %s\t%.4f\t%.0f\t%d%n", spec, (double) right / rows.size(), rows.size() / took, held);
      }
  }

  private static List<String> names(int many) {
    List<String> names = new ArrayList<>();
    for (int i = 0; i < many; ++i) names.add(Integer.toString(i));
    return names;
  }
}
