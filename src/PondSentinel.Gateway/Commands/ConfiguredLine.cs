using System.Globalization;
using System.Text.RegularExpressions;

namespace PondSentinel.Gateway.Commands;

/// <summary>Where in a configuration something of a device stands, for people who change it.</summary>
internal static partial class ConfiguredLine
{
    /// <summary>The place of a device's key: <c>into line 41 of gateway.toml</c>.</summary>
    /// <param name="path">The configuration.</param>
    /// <param name="device">The device.</param>
    /// <param name="key">The key.</param>
    public static string Of(string path, string device, string key)
    {
        var lines = File.Exists(path) ? File.ReadAllLines(path) : [];
        var (begin, of) = (-1, (string?)null);
        int? found = null;
        for (var at = 0; at < lines.Length; at++)
        {
            var line = lines[at].Trim();
            if (line.StartsWith('['))
            {
                if (of == device && begin >= 0)
                {
                    break;
                }

                (begin, of, found) = (line.StartsWith("[[device]]", StringComparison.Ordinal) ? at : -1, null, null);
            }
            else if (begin >= 0 && Assignment().Match(line) is { Success: true } match)
            {
                of = match.Groups["key"].Value == "id" ? match.Groups["text"].Value : of;
                found = match.Groups["key"].Value == key ? at : found;
            }
        }

        return of != device || begin < 0 ? $"into its [[device]] in {path}"
            : found is { } line1 ? string.Create(CultureInfo.InvariantCulture, $"into line {line1 + 1} of {path}")
            : string.Create(CultureInfo.InvariantCulture, $"below line {begin + 1} of {path}");
    }

    [GeneratedRegex("^(?<key>[a-z_]+)\\s*=\\s*\"?(?<text>[^\"#]*)\"?")]
    private static partial Regex Assignment();
}
