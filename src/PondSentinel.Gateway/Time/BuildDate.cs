using System.Globalization;
using System.Reflection;

namespace PondSentinel.Gateway.Time;

/// <summary>When this program was built: no clock that says an earlier date is right.</summary>
public static class BuildDate
{
    /// <summary>The beginning of the day, UTC ms since 1970. From <c>SOURCE_DATE_EPOCH</c> where the build has it.</summary>
    public static long Ms { get; } = Read();

    private static long Read()
    {
        var text = typeof(BuildDate).Assembly.GetCustomAttributes<AssemblyMetadataAttribute>()
            .First(metadata => metadata.Key == nameof(BuildDate)).Value;
        return DateTimeOffset.ParseExact(
            text!, "yyyy-MM-dd", CultureInfo.InvariantCulture, DateTimeStyles.AssumeUniversal).ToUnixTimeMilliseconds();
    }
}
