using System.Globalization;
using PondSentinel.Terminal;
using PondSentinel.Wire;

namespace PondSentinel.Gateway.Initial;

/// <summary>Asks a person at a terminal for what is not known yet; an answer that cannot be used is asked for again.</summary>
/// <param name="input">The person.</param>
/// <param name="output">The terminal.</param>
/// <param name="ports">The serial ports there are; null for those of this machine.</param>
internal sealed class Interview(TextReader input, TextWriter output, IReadOnlyList<string>? ports = null)
{
    private const string SerialById = "/dev/serial/by-id";
    private const string NameRule = "use 1 to 32 of a-z, 0-9 and -";

    /// <summary>Asks.</summary>
    /// <param name="settings">What is known.</param>
    /// <returns>What is known then; where the person has gone, what is missing stays so.</returns>
    public InitialSettings Complete(InitialSettings settings)
    {
        settings = settings with { Id = settings.Id ?? Ask("Name of this gateway, for example gz-07", NotAName) };
        settings = settings with { Site = settings.Site ?? Ask("Name of the site, for example zudong", NotAName) };
        settings = settings with { Station = settings.Station ?? Ask("Name of the place where the probes measure [pond-a]", NotAName, "pond-a") };
        settings = settings with { Port = settings.Port ?? Port() };
        settings = settings with { Devices = settings.Devices.Count > 0 ? settings.Devices : Devices() };
        if (settings.Broker is not null)
        {
            return settings;
        }

        settings = settings with { Broker = NullIfEmpty(Ask("Host of the broker, nothing for none yet []", NotAHost, "")) };
        if (settings.Broker is null || settings.Authority is not null)
        {
            return settings;
        }

        settings = settings with { Authority = NullIfEmpty(Ask("TLS: file with the broker's authority, nothing without TLS []", NotAFile, "")) };
        settings = settings with { Certificate = settings.Authority is null ? null : NullIfEmpty(Ask("TLS: file with the certificate of this gateway, nothing for none []", NotAFile, "")) };
        return settings with { Key = settings.Certificate is null ? null : Ask("TLS: file with its key", NotAFile) };
    }

    private static string? NullIfEmpty(string? answer) => answer is { Length: > 0 } ? answer : null;

    private static string? NotAName(string answer) => Names.IsName(answer) ? null : NameRule;

    private static string? NotAHost(string answer) =>
        answer.Length == 0 || Uri.CheckHostName(answer) != UriHostNameType.Unknown ? null : "write it alone, without mqtt:// and without the port";

    private static string? NotAFile(string answer) => answer.Length == 0 || answer.StartsWith('/') ? null : "write the whole path, from / on";

    private string? Port()
    {
        var found = ports ?? (Directory.Exists(SerialById) ? [.. Directory.GetFiles(SerialById).Order(StringComparer.Ordinal)] : []);
        for (var i = 0; i < found.Count; i++)
        {
            output.WritePlain(FormattableString.Invariant($"  {i + 1}  {found[i]}"));
        }

        var answer = Ask(
            found.Count == 0 ? "Serial port; none is plugged in now, so its whole path" : "Serial port: its number, or a whole path [1]",
            text => Chosen(text, found).StartsWith('/') ? null : "write one of the numbers, or a path from / on",
            found.Count == 0 ? null : "1");
        return answer is null ? null : Chosen(answer, found);
    }

    private static string Chosen(string answer, IReadOnlyList<string> found) =>
        int.TryParse(answer, NumberStyles.None, CultureInfo.InvariantCulture, out var number) && number >= 1 && number <= found.Count ? found[number - 1] : answer;

    private List<string> Devices()
    {
        List<string> devices = [];
        output.WritePlain("Probes on it, each as MODEL@ADDRESS; pond-gateway models lists the models.");
        while (Ask(
            devices.Count == 0 ? "First probe, for example yosemitech-y532@3" : "Next probe, nothing when there is no more []",
            answer => devices.Count > 0 && answer.Length == 0 ? null : InitialSettings.FaultIn(answer),
            devices.Count == 0 ? null : "") is { Length: > 0 } device)
        {
            devices.Add(device);
        }

        return devices;
    }

    // Null where the person has gone.
    private string? Ask(string question, Func<string, string?> fault, string? usual = null)
    {
        while (true)
        {
            output.Write($"{question}: ");
            output.Flush();
            if (input.ReadLine()?.Trim() is not { } answer)
            {
                return null;
            }

            answer = answer.Length == 0 && usual is not null ? usual : answer;
            if (fault(answer) is not { } why)
            {
                return answer;
            }

            output.WritePlain($"  {why}");
        }
    }
}
