using System.Security.Cryptography;
using System.Text;
using PondSentinel.Sensors;
using PondSentinel.Sensors.Profiles;
using PondSentinel.Toml;

namespace PondSentinel.Gateway.Configuration;

/// <summary>Reads the owner's own profiles of Modbus probes: all <c>*.toml</c> of a folder that the configuration names.</summary>
internal static class OwnProfiles
{
    private const string Key = "profiles";
    private const int FilesMax = 100;
    private const int DigestBytes = 8;

    /// <summary>Reads them.</summary>
    /// <param name="gateway">The table that names the folder; null where it is missing.</param>
    /// <param name="known">The models of this program.</param>
    /// <param name="problems">Receives every mistake in them, with their own file and line.</param>
    /// <param name="instead">Texts by file that stand for those of the folder; null for what is there.</param>
    public static KnownModels Read(
        TomlSection? gateway,
        IReadOnlyDictionary<string, SensorModel> known,
        List<Problem> problems,
        IReadOnlyDictionary<string, string>? instead = null)
    {
        if (gateway?.Text(Key) is not { } folder || (instead?.Keys.Order(StringComparer.Ordinal).ToArray() ?? Files(gateway, folder)) is not { } files)
        {
            return new KnownModels(known, new HashSet<string>(StringComparer.Ordinal), new Dictionary<string, string>(), null);
        }

        var models = known.ToDictionary(StringComparer.Ordinal);
        Dictionary<string, string> from = new(StringComparer.Ordinal);
        Dictionary<string, string> digests = new(StringComparer.Ordinal);
        HashSet<string> wrong = new(StringComparer.Ordinal);
        foreach (var file in files)
        {
            var (text, unreadable) = instead is null ? TomlFile.Read(file, "it was there just now") : (instead[file], null);
            if (text is null)
            {
                gateway.Report(Key, unreadable!, "let the user of this program read it, or move what is no profile elsewhere");
            }
            else if (ProfileFile.Read(file, text, problems) is not { } profile)
            {
                wrong.Add(TomlSection.Parse(file, text, []).Text("id") ?? Path.GetFileNameWithoutExtension(file));
            }
            else if (models.TryAdd(profile.Id, SensorCatalogue.ModelOf(profile)))
            {
                from.Add(profile.Id, file);
                digests.Add(profile.Id, Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(text)).AsSpan(0, DigestBytes)));
            }
            else
            {
                var other = from.GetValueOrDefault(profile.Id) ?? "a model of this program";
                problems.Add(new Problem(file, 1, 1, $"the id {profile.Id} is that of {other} already", "choose another id"));
            }
        }

        return new KnownModels(models, wrong, digests, folder);
    }

    private static string[]? Files(TomlSection gateway, string folder)
    {
        if (!folder.StartsWith('/'))
        {
            gateway.Report(Key, $"{Key} of [{gateway.Name}] must be a whole path: \"{folder}\"", "begin it with /, for example /etc/pondsentinel/profiles");
            return null;
        }

        try
        {
            var files = Directory.GetFiles(folder, "*.toml");
            if (files.Length > FilesMax)
            {
                gateway.Report(Key, $"there are more than {FilesMax} files in {folder}", "name a folder that holds profiles alone");
                return null;
            }

            Array.Sort(files, StringComparer.Ordinal);
            return files;
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            gateway.Report(Key, $"the folder {folder} cannot be read: {e.Message}", "make it, or remove this line");
            return null;
        }
    }
}

/// <summary>The models that a configuration can name.</summary>
/// <param name="Models">All that can be used.</param>
/// <param name="Wrong">Ids of own profiles with a mistake, which is reported where it stands.</param>
/// <param name="Digests">Of the own profiles' texts, by id.</param>
/// <param name="Folder">Folder of the own profiles; null where there is none.</param>
internal sealed record KnownModels(
    IReadOnlyDictionary<string, SensorModel> Models, IReadOnlySet<string> Wrong, IReadOnlyDictionary<string, string> Digests, string? Folder);
