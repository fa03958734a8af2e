using System.Globalization;
using PondSentinel.Air;
using PondSentinel.Measurements;

namespace PondSentinel.Sensors.Profiles;

/// <summary>Makes one reading of several, taken one shortly after the other. Not thread-safe.</summary>
/// <remarks>At least half of them must be there, output by output, else it is the fault of the last that was not. One that says
/// what time does not heal (the port has gone, the probe is broken or another) ends it at once, and so does a first one that
/// failed: then the probe is not there, and the pipeline's retries are for that.</remarks>
/// <param name="profile">The probe.</param>
/// <param name="sequence">How many there are, and how one is made of them.</param>
internal sealed class ProfileBurst(DeviceProfile profile, ProfileSequence sequence)
{
    private const double FullCircle = 360;

    private readonly List<Reading.Measured> measured = [];
    private Reading.Failed? failed;

    /// <summary>How many were taken.</summary>
    public int Count { get; private set; }

    /// <summary>What came of it, or null while more are to be taken.</summary>
    public Reading? Result { get; private set; }

    private int Needed => (sequence.Burst + 1) / 2;

    /// <summary>Takes one.</summary>
    /// <param name="reading">What came of reading once.</param>
    public void Add(Reading reading)
    {
        Count++;
        if (reading is Reading.Measured good)
        {
            measured.Add(good);
        }
        else
        {
            failed = (Reading.Failed)reading;
        }

        var ended = failed is not null
            && (measured.Count == 0
                || Count - measured.Count > sequence.Burst - Needed
                || failed.Fault is not (SensorFault.NoAnswer or SensorFault.TimedOut or SensorFault.Garbled));
        if (ended)
        {
            Result = failed;
        }
        else if (Count == sequence.Burst)
        {
            Result = new Reading.Measured([.. measured[0].Outputs.Select(output => Reduce(output.Output))]);
        }
    }

    private OutputReading Reduce(string name)
    {
        var all = measured.Select(one => one.Outputs.First(output => output.Output == name)).ToList();
        var numbers = all.Where(output => output.Measurement is not null).Select(output => output.Measurement!.Value.Value).ToList();
        if (numbers.Count < Needed)
        {
            return all.FindLast(output => output.Measurement is null);
        }

        var output = profile.Reads.SelectMany(read => read.Outputs).First(output => output.Output.Name == name);
        var reduced = output.Judge(Reduce(output.Output.Measurand, numbers));

        // A doubt that the probe itself has of one of them is a doubt of the whole.
        var doubted = all.Find(one => one is { Measurement: not null, Fault: not null and not SensorFault.OverRange });
        return doubted.Fault is { } doubt && reduced.Fault is null
            ? reduced with { Fault = doubt, Detail = doubted.Detail }
            : reduced;
    }

    private double Reduce(Measurand measurand, List<double> numbers)
    {
        if (measurand.IsDirection)
        {
            // A tenth of a degree just west of north is north.
            return Math.Round(WindMean.DirectionOf(numbers), 1) % FullCircle;
        }

        if (sequence.Reducer == Reducer.Mean)
        {
            return Rounded(numbers.Sum() / numbers.Count, numbers);
        }

        numbers.Sort();
        var middle = numbers.Count / 2;
        return numbers.Count % 2 == 1 ? numbers[middle] : Rounded((numbers[middle - 1] + numbers[middle]) / 2, numbers);
    }

    // Two digits more than the probe gives: the rest is arithmetic.
    private static double Rounded(double value, List<double> numbers)
    {
        const int digitsMore = 2;
        const int digitsMax = 15;
        var digits = numbers.Max(number =>
        {
            var text = number.ToString("R", CultureInfo.InvariantCulture);
            var point = text.IndexOf('.', StringComparison.Ordinal);
            return point < 0 || text.Contains('E', StringComparison.Ordinal) ? 0 : text.Length - point - 1;
        });
        return numbers.Exists(number => number != 0 && Math.Abs(number) < 1e-4) ? value : Math.Round(value, Math.Min(digits + digitsMore, digitsMax));
    }
}
