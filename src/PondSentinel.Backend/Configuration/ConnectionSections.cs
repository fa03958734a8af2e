using System.Text;
using PondSentinel.Backend.Storage;
using PondSentinel.Toml;

namespace PondSentinel.Backend.Configuration;

/// <summary>Reads <c>[influx]</c>: where values go.</summary>
internal static class ConnectionSections
{
    private const int BucketTextMax = 256;
    private static readonly string[] KeysOfDatabase = ["database", "user", "password"];
    private static readonly string[] KeysOfBucket = ["org", "bucket", "token"];
    private static readonly TimeSpan TimeoutMin = TimeSpan.FromSeconds(1);
    private static readonly TimeSpan TimeoutMax = TimeSpan.FromMinutes(2);

    /// <summary>Reads <c>[influx]</c>; null where there is none: the embedded store then.</summary>
    /// <param name="section">The section, or null.</param>
    public static InfluxOptions? ReadInflux(TomlSection? section)
    {
        if (section is null)
        {
            return null;
        }

        var text = section.Text("url", required: true);
        var (database, user, password) = (section.Text("database"), section.Text("user"), section.Text("password"));
        var bucket = ReadBucket(section);
        var timeout = section.Duration("timeout", TimeoutMin, TimeoutMax);
        section.RefuseUnknownKeys();
        if (database is not null && (database.Length is 0 or > 64 || database.Any(char.IsControl)))
        {
            section.Report("database", "database of [influx] must be 1 to 64 characters", "write database = \"pond\"");
        }

        if ((user is null) != (password is null))
        {
            section.Report(
                user is null ? "password" : "user", "user and password of [influx] go together", "add the other one, or remove both");
        }

        if (text is null || !Uri.TryCreate(text, UriKind.Absolute, out var url)
            || (url.Scheme != Uri.UriSchemeHttp && url.Scheme != Uri.UriSchemeHttps) || url.UserInfo.Length > 0
            || url.Query.Length > 0)
        {
            if (text is not null)
            {
                section.Report(
                    "url", $"url of [influx] is not the address of an InfluxDB: \"{text}\"", "write url = \"http://127.0.0.1:8086\"");
            }

            return null;
        }

        var plain = new InfluxOptions { Url = url, User = user, Password = password, Bucket = bucket };
        return plain with { Database = database ?? plain.Database, Timeout = timeout ?? plain.Timeout };
    }

    // Null for InfluxDB 1.x, and where a mistake was reported.
    private static InfluxBucket? ReadBucket(TomlSection section)
    {
        if (!Array.Exists(KeysOfBucket, section.Has))
        {
            return null;
        }

        foreach (var key in KeysOfDatabase.Where(section.Has))
        {
            section.Report(
                key, $"{key} of [influx] is for InfluxDB 1.x, and {string.Join(", ", KeysOfBucket.Where(section.Has))} for 2.x",
                "keep url with database, user and password for 1.x, or url with org, bucket and token for 2.x");
        }

        var (organization, name, token) = (
            BucketText(section, "org"), BucketText(section, "bucket"), BucketText(section, "token"));
        return organization is null || name is null || token is null ? null : new InfluxBucket(organization, name, token);
    }

    private static string? BucketText(TomlSection section, string key)
    {
        var text = section.Text(key, required: true);
        if (text is null || (text.Length is > 0 and <= BucketTextMax && !text.Any(char.IsControl)
            && (key != "token" || Ascii.IsValid(text))))
        {
            return text;
        }

        section.Report(
            key, $"{key} of [influx] must be 1 to {BucketTextMax} characters{(key == "token" ? " of ASCII" : "")}, none of them a line break",
            $"write {key} = \"…\" as InfluxDB shows it");
        return null;
    }
}
