using PondSentinel.Gateway.Configuration;
using PondSentinel.Sensors.Profiles;
using PondSentinel.Tests.Repository;
using PondSentinel.Toml;

namespace PondSentinel.Tests.Gateway.Configuration;

/// <summary>A technician's own profiles, in a folder that the configuration names.</summary>
public sealed class OwnProfilesTests : IDisposable
{
    private readonly string folder = Directory.CreateTempSubdirectory("pond-profiles").FullName;

    public void Dispose() => Directory.Delete(folder, recursive: true);

    [Fact]
    public void Samples_beside_the_configuration_have_nothing_wrong()
    {
        foreach (var sample in Samples)
        {
            List<Problem> problems = [];

            Assert.NotNull(ProfileFile.Read(sample, Checkout.Text(sample), problems));
            Assert.Empty(problems);
        }

        Assert.Equal(4, Samples.Count);
    }

    [Fact]
    public void Profile_of_the_folder_is_a_model_like_any_other()
    {
        File.WriteAllText(Path.Combine(folder, "ph.toml"), Checkout.Text(Probe));
        File.WriteAllText(Path.Combine(folder, "notes.txt"), "not a profile");

        var loaded = Read(TestModels.Good.Replace("model = \"probe-nh4\"", "model = \"my-ph-transmitter\"", StringComparison.Ordinal)
            .Replace("serial = \"YL6824010022\"\n", "", StringComparison.Ordinal)
            .Replace("output = \"nh4n\"", "output = \"ph\"", StringComparison.Ordinal)
            .Replace("id = \"nh4n\"", "id = \"ph\"", StringComparison.Ordinal));

        Assert.Equal([], loaded.Problems.Select(problem => problem.ToString()));
        Assert.False(loaded.Configuration!.Models["my-ph-transmitter"].VerifiedOnHardware);
        Assert.Equal(TestModels.Known.Count + 1, loaded.Configuration.Models.Count);
    }

    [Fact]
    public void Mistake_in_a_profile_is_named_in_its_own_file()
    {
        var file = Path.Combine(folder, "ph.toml");
        File.WriteAllText(file, Checkout.Text(Probe).Replace("scale = 0.01 ", "scale = 0 ", StringComparison.Ordinal));

        Assert.Equal(
            [$"{file}:39:3: scale must not be 0; leave it out where the number is in the measurand's unit"],
            Read(TestModels.Good).Problems.Select(problem => problem.ToString()));
    }

    [Theory]
    [InlineData("scale = 0.01 ", "scale = 0 ", ":39:3: scale must not be 0; leave it out where the number is in the measurand's unit")]
    [InlineData("[[read]]", "[[read]", ":")]
    public void Device_of_a_profile_with_a_mistake_is_not_called_unknown_and_the_mistake_comes_first(string good, string bad, string first)
    {
        var file = Path.Combine(folder, "my-ph-transmitter.toml");
        File.WriteAllText(file, Checkout.Text(Probe).Replace(good, bad, StringComparison.Ordinal));

        var problems = Read(TestModels.Good.Replace("model = \"probe-nh4\"", "model = \"my-ph-transmitter\"", StringComparison.Ordinal)
            .Replace("id = \"gz-07\"", "id = \"GZ 07\"", StringComparison.Ordinal)).Problems.Select(problem => problem.ToString()).ToList();

        Assert.StartsWith(file + first, problems[0], StringComparison.Ordinal);
        Assert.DoesNotContain(problems, problem => problem.Contains("is not known", StringComparison.Ordinal));
        Assert.StartsWith("g.toml:2:1: id of [gateway] is no name", problems[^1], StringComparison.Ordinal);
    }

    [Fact]
    public void File_that_is_too_large_is_no_question_of_rights_alone()
    {
        var file = Path.Combine(folder, "log.toml");
        File.WriteAllText(file, new string('#', (1 << 20) + 1));

        Assert.Equal(
            [$"g.toml:4:1: {file}: larger than 1 MiB, so it is not read; let the user of this program read it, or move what is no profile elsewhere"],
            Read(TestModels.Good).Problems.Select(problem => problem.ToString()));
    }

    [Fact]
    public void Id_of_a_model_of_this_program_or_of_another_profile_is_refused()
    {
        var text = Checkout.Text(Probe);
        File.WriteAllText(Path.Combine(folder, "a.toml"), text.Replace("my-ph-transmitter", "probe-nh4", StringComparison.Ordinal));
        File.WriteAllText(Path.Combine(folder, "b.toml"), text);
        File.WriteAllText(Path.Combine(folder, "c.toml"), text);

        Assert.Equal(
            [
                $"{folder}/a.toml:1:1: the id probe-nh4 is that of a model of this program already; choose another id",
                $"{folder}/c.toml:1:1: the id my-ph-transmitter is that of {folder}/b.toml already; choose another id",
            ],
            Read(TestModels.Good).Problems.Select(problem => problem.ToString()).Order(StringComparer.Ordinal));
    }

    [Theory]
    [InlineData("/nonexistent/profiles", "g.toml:4:1: the folder /nonexistent/profiles cannot be read: Could not find a part of the path '/nonexistent/profiles'.; make it, or remove this line")]
    [InlineData("profiles", "g.toml:4:1: profiles of [gateway] must be a whole path: \"profiles\"; begin it with /, for example /etc/pondsentinel/profiles")]
    public void Folder_that_cannot_be_read_is_named(string named, string expected) =>
        Assert.Equal([expected], Read(TestModels.Good, named).Problems.Select(problem => problem.ToString()));

    private const string Probe = "deploy/profiles/probe.toml";

    private static IReadOnlyList<string> Samples { get; } =
        [.. Checkout.Files.Where(file => file.StartsWith("deploy/profiles/", StringComparison.Ordinal)).Order(StringComparer.Ordinal)];

    private LoadedConfiguration Read(string text, string? named = null) => GatewayConfigurationFile.Read(
        "g.toml",
        text.Replace("site = \"zudong\"\n", $"site = \"zudong\"\nprofiles = \"{named ?? folder}\"\n", StringComparison.Ordinal),
        TestModels.Known);
}
