using System.Globalization;

namespace PondSentinel.Gateway.Time;

/// <summary>The battery-backed clocks of this machine, as the kernel shows them in <c>/sys/class/rtc</c>.</summary>
/// <param name="root">Where the file system begins; another folder in tests.</param>
public sealed class HardwareClock(string root)
{
    private const long MsPerSecond = 1000;

    private readonly string folder = Path.Combine(root, "sys/class/rtc");

    /// <summary>What the one says now from which the kernel set the wall clock at boot (<c>hctosys</c>), UTC ms since 1970;
    /// null where there is none or it does not answer.</summary>
    public long? SetTheKernelMs
    {
        get
        {
            try
            {
                return Directory.Exists(folder)
                    ? Directory.GetDirectories(folder).Order(StringComparer.Ordinal).Where(IsSource).Select(NowMs).FirstOrDefault()
                    : null;
            }
            catch (Exception e) when (e is IOException or UnauthorizedAccessException)
            {
                // Its bus does not answer: then it vouches for nothing.
                return null;
            }
        }
    }

    private static bool IsSource(string rtc) => File.ReadAllText(Path.Combine(rtc, "hctosys")).Trim() == "1";

    private static long? NowMs(string rtc) => long.TryParse(
        File.ReadAllText(Path.Combine(rtc, "since_epoch")), NumberStyles.AllowTrailingWhite, CultureInfo.InvariantCulture, out var seconds)
            ? seconds * MsPerSecond
            : null;
}
