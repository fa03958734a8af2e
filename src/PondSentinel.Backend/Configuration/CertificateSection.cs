using PondSentinel.Toml;

namespace PondSentinel.Backend.Configuration;

/// <summary>Reads <c>[certificates]</c>: files of other programs of this machine whose end is told of ahead.</summary>
internal static class CertificateSection
{
    private const int FilesMax = 32;

    /// <summary>Reads it.</summary>
    /// <param name="section">The section, or null.</param>
    public static IReadOnlyList<string> Read(TomlSection? section)
    {
        var files = section?.Texts("files", required: true) ?? [];
        if (files.FirstOrDefault(file => !Path.IsPathFullyQualified(file)) is { } relative)
        {
            section!.Report(
                "files", $"files of [certificates] must be files from / on: \"{relative}\"", "write where it lies, for example /etc/mosquitto/certs/broker.pem");
        }
        else if (files.Count > FilesMax)
        {
            section!.Report("files", $"files of [certificates] are more than {FilesMax}", "name those whose end would keep somebody out");
        }

        section?.RefuseUnknownKeys();
        return files;
    }
}
