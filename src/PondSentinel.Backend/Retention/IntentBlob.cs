using System.Runtime.InteropServices;
using PondSentinel.Backend.Storage;
using PondSentinel.Measurements;

namespace PondSentinel.Backend.Retention;

/// <summary>Means and times as bytes of the state database, in this machine's order: they live for seconds.</summary>
internal static class IntentBlob
{
    /// <summary>Means as bytes.</summary>
    public static byte[] Of(DayMeans means)
    {
        using var bytes = new MemoryStream();
        using var writer = new BinaryWriter(bytes);
        foreach (var point in means.All)
        {
            writer.Write((byte)point.Resolution);
            writer.Write(point.StartMs);
            writer.Write(point.Expired);
            writer.Write(point.Value.Records);
            writer.Write(point.Value.Count);
            writer.Write((int)point.Value.Worst);
            Write(writer, point.Value.Mean);
            Write(writer, point.Value.Min);
            Write(writer, point.Value.Max);
            Write(writer, point.Value.Adjusted);
        }

        writer.Flush();
        return bytes.ToArray();
    }

    /// <summary>Reads them.</summary>
    public static DayMeans Means(SeriesKey series, byte[] blob)
    {
        using var reader = new BinaryReader(new MemoryStream(blob));
        List<MeanPoint> points = [];
        while (reader.BaseStream.Position < reader.BaseStream.Length)
        {
            var (resolution, start, expired) = ((Resolution)reader.ReadByte(), reader.ReadInt64(), reader.ReadInt64());
            var (records, count, worst) = (reader.ReadInt64(), reader.ReadInt64(), (QualityFlag)reader.ReadInt32());
            var (mean, min, max, adjusted) = (Read(reader), Read(reader), Read(reader), Read(reader));
            points.Add(new MeanPoint
            {
                Of = series, Resolution = resolution, StartMs = start, Expired = expired,
                Value = new MeanValue(records, count, mean, min, max, adjusted, worst),
            });
        }

        return new DayMeans(
            points.Find(point => point.Resolution == Resolution.Day), points.FindAll(point => point.Resolution == Resolution.TenMinutes));
    }

    /// <summary>Times as bytes.</summary>
    public static byte[] Of(long[] times) => MemoryMarshal.AsBytes<long>(times).ToArray();

    /// <summary>Reads them.</summary>
    public static long[] Times(byte[] blob) => MemoryMarshal.Cast<byte, long>(blob).ToArray();

    private static void Write(BinaryWriter writer, double? value) => writer.Write(value ?? double.NaN);

    private static double? Read(BinaryReader reader) => reader.ReadDouble() is var value && double.IsNaN(value) ? null : value;
}
