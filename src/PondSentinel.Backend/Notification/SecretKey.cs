using PondSentinel.Toml;

namespace PondSentinel.Backend.Notification;

/// <summary>Reads a secret of a channel: in the configuration itself, or in a file that fewer people may read.</summary>
internal static class SecretKey
{
    private const int LengthMax = 1_024;

    /// <summary>Reads <c>key</c> or <c>key_file</c>.</summary>
    /// <param name="section">The channel's section; receives the mistakes.</param>
    /// <param name="key">The key.</param>
    /// <returns>The secret; null where there is none, or a mistake.</returns>
    public static string? Read(TomlSection section, string key)
    {
        var fileKey = $"{key}_file";
        var (own, file) = (section.Text(key), section.Text(fileKey));
        if (own is not null && file is not null)
        {
            section.Report(fileKey, $"{key} and {fileKey} of [{section.Name}] are two secrets for one", "remove one of them");
            return null;
        }

        return file is not null ? ReadFile(section, fileKey, file)
            : own is not null ? Checked(section, key, own)
            : null;
    }

    private static string? ReadFile(TomlSection section, string key, string file)
    {
        if (!Path.IsPathFullyQualified(file))
        {
            section.Report(key, $"{key} of [{section.Name}] must be a file from / on: \"{file}\"", "write where it lies, for example /etc/pondsentinel/secret");
            return null;
        }

        try
        {
            // An editor ends the line; the secret does not.
            using var reader = new StreamReader(file);
            var text = new char[LengthMax + 3];
            var length = reader.ReadBlock(text);
            return Checked(section, key, new string(text, 0, length).TrimEnd('\r', '\n'));
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            section.Report(key, $"{key} of [{section.Name}] cannot be read: {e.Message}", "put the secret into that file, readable by the user that runs the backend");
            return null;
        }
    }

    private static string? Checked(TomlSection section, string key, string secret)
    {
        if (secret.Length is > 0 and <= LengthMax && !secret.Any(char.IsControl))
        {
            return secret;
        }

        section.Report(key, $"{key} of [{section.Name}] must be one line of 1 to {LengthMax} characters", "put the secret there, and nothing else");
        return null;
    }
}
