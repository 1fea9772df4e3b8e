"""Tasks: generators and data, each with a plain Python reference answer."""

from readhead.tasks.algorithmic import FACTORIES as FACTORIES
from readhead.tasks.algorithmic import TASKS as TASKS
from readhead.tasks.algorithmic import make_task as make_task
from readhead.tasks.examples import Dataset as Dataset
from readhead.tasks.examples import Example as Example
from readhead.tasks.load import load_dataset as load_dataset
from readhead.tasks.score import Score as Score
from readhead.tasks.score import majority as majority
from readhead.tasks.score import score as score
from readhead.tasks.task import Task as Task
