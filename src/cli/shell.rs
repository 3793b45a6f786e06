//! `feedmill completions SHELL` and `feedmill man`.

use clap::CommandFactory as _;

use super::exit::{Exit, Failure};
use super::{Cli, Context, Outcome};

/// Prints the completions of a shell.
#[derive(Debug, clap::Args)]
#[command(
    after_help = "Examples:\n  feedmill completions bash > /etc/bash_completion.d/feedmill\n  feedmill completions zsh > ~/.zfunc/_feedmill\n  feedmill completions fish > ~/.config/fish/completions/feedmill.fish"
)]
pub struct CompletionsArgs {
    /// The shell.
    #[arg(value_enum)]
    shell: clap_complete::Shell,
}

/// `feedmill completions`.
pub fn completions(context: &mut Context, args: &CompletionsArgs) -> Outcome {
    let mut text = Vec::new();
    clap_complete::generate(args.shell, &mut Cli::command(), "feedmill", &mut text);
    context.terminal.bytes(&text);
    Ok(Exit::Done)
}

/// `feedmill man`: the page of the program and, after it, of each command.
pub fn man(context: &mut Context) -> Outcome {
    let mut text = Vec::new();
    let command = Cli::command();
    let failed = |error: std::io::Error| Failure::new(Exit::File, format!("the manual cannot be made: {error}"));
    clap_mangen::Man::new(command.clone()).render(&mut text).map_err(failed)?;
    for subcommand in command.get_subcommands().filter(|subcommand| !subcommand.is_hide_set()) {
        let man = clap_mangen::Man::new(subcommand.clone().display_name(format!("feedmill {}", subcommand.get_name())));
        text.extend_from_slice(format!(".SH FEEDMILL {}\n", subcommand.get_name().to_uppercase()).as_bytes());
        man.render_description_section(&mut text).map_err(failed)?;
        man.render_options_section(&mut text).map_err(failed)?;
        man.render_extra_section(&mut text).map_err(failed)?;
    }
    context.terminal.bytes(&text);
    Ok(Exit::Done)
}
