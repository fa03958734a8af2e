using System.Text;
using PondSentinel.Averages;

namespace PondSentinel.Backend.Averages;

/// <summary>A sample with its key, by which a revision finds it.</summary>
/// <param name="TimeNs">The point's key in time, ns since 1970.</param>
/// <param name="Value">The value that counts; NaN where there is none.</param>
/// <param name="CoveredMs">Time a thinned record stands for, ms; 0 where it is not thinned.</param>
internal readonly record struct KeyedSample(long TimeNs, double Value, long CoveredMs)
{
    private const long NsPerMs = 1_000_000;

    /// <summary>As an hour takes it.</summary>
    public HourSample Sample => new(Math.DivRem(TimeNs, NsPerMs).Quotient, Value, CoveredMs);
}

/// <summary>The samples of an hour, rising by their keys, as bytes: some 15 for each.</summary>
internal static class SampleBlob
{
    /// <summary>Writes them.</summary>
    /// <param name="samples">The samples, rising by their keys.</param>
    public static byte[] Of(IReadOnlyList<KeyedSample> samples)
    {
        using var bytes = new MemoryStream();
        using var writer = new BinaryWriter(bytes, Encoding.UTF8);
        var last = 0L;
        foreach (var sample in samples)
        {
            writer.Write7BitEncodedInt64(sample.TimeNs - last);
            writer.Write(sample.Value);
            writer.Write7BitEncodedInt64(sample.CoveredMs);
            last = sample.TimeNs;
        }

        return bytes.ToArray();
    }

    /// <summary>Reads what <see cref="Of"/> wrote.</summary>
    /// <param name="blob">The bytes.</param>
    public static List<KeyedSample> Read(byte[] blob)
    {
        List<KeyedSample> samples = [];
        using var reader = new BinaryReader(new MemoryStream(blob, writable: false), Encoding.UTF8);
        for (var last = 0L; reader.BaseStream.Position < blob.Length;)
        {
            last += reader.Read7BitEncodedInt64();
            samples.Add(new KeyedSample(last, reader.ReadDouble(), reader.Read7BitEncodedInt64()));
        }

        return samples;
    }
}
